using RelayOperator.Relay.Smtp;

namespace RelayOperator.Relay.Delivery;

/// <summary>How a transaction ended.</summary>
/// <param name="Reply">What the client hears after its final dot; null where the client is gone and hears nothing.</param>
/// <param name="Hub">The hub that gave the verdict; empty where none did.</param>
/// <param name="Attempts">How many hubs were asked, the ones before the body too.</param>
/// <param name="Reason">Why, in a few words, for the log.</param>
public sealed record TransactionResult(SmtpReply? Reply, string Hub, int Attempts, string Reason)
{
    /// <summary>The hub took over the duties of DSN with the message (RFC 3461); where it did not, they are the relay's.</summary>
    public bool HubHasDsn { get; init; }

    /// <summary>The reply's 250 is the spool's: it is on disk, and no hub has it for certain.</summary>
    public bool IsQueued { get; init; }
}
