namespace RelayOperator.Relay.Spool;

/// <summary>A message to be committed.</summary>
/// <param name="Message">The envelope; says how many chunks were appended before.</param>
/// <param name="Recipients">At least one, each with its state.</param>
/// <param name="Body">The whole body where it is one chunk and was not appended before; empty otherwise.</param>
public sealed record NewMessage(SpoolMessage Message, IReadOnlyList<SpoolRecipient> Recipients, ReadOnlyMemory<byte> Body)
{
    /// <summary>When a peer handed it over: Known where one did so before, even if it is delivered by now. Null where none did.</summary>
    public DateTimeOffset? HandedOverAt { get; init; }

    /// <summary>What was tried elsewhere.</summary>
    public IReadOnlyList<AttemptNote> Attempts { get; init; } = [];
}
