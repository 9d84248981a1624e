namespace RelayOperator.Relay.Spool;

/// <summary>What becomes of a claim, in one commit: each recipient's result, who joins, and the notifications about it.</summary>
/// <param name="Claim">What is settled; void afterwards.</param>
/// <param name="Results">One for each recipient of the claim.</param>
public sealed record Settlement(SpoolClaim Claim, IReadOnlyList<RecipientResult> Results)
{
    /// <summary>Recipients that join the message, whose numbers are free.</summary>
    public IReadOnlyList<SpoolRecipient> Added { get; init; } = [];

    /// <summary>Messages that report what happened: committed with it or not at all.</summary>
    public IReadOnlyList<NewMessage> Notifications { get; init; } = [];

    /// <summary>A peer has taken it over: should it ever come back from there, it is taken again.</summary>
    public bool IsHandedOver { get; init; }

    /// <summary>What was tried; null where nothing was.</summary>
    public AttemptNote? Attempt { get; init; }
}
