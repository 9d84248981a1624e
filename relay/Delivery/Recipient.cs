using RelayOperator.Relay.Smtp;

namespace RelayOperator.Relay.Delivery;

/// <summary>One recipient of a transaction, and what the client was told about it.</summary>
public sealed class Recipient(RcptCommand command)
{
    public RcptCommand Command { get; } = command;

    /// <summary>What the client hears; null while no hub has answered.</summary>
    public SmtpReply? Told { get; set; }

    /// <summary>What a hub said while others are still being asked; told if none of them does better.</summary>
    public SmtpReply? LastWords { get; set; }

    /// <summary>The client was told 250: from here on the recipient is ours to deliver or to fail aloud.</summary>
    public bool IsAccepted => Told is { IsPositive: true };
}
