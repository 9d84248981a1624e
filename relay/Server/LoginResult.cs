using RelayOperator.Relay.Authentication;
using RelayOperator.Relay.Smtp;

namespace RelayOperator.Relay.Server;

/// <summary>What came of an AUTH command.</summary>
/// <param name="Reply">What the client hears; null where the session is over.</param>
public sealed record LoginResult(SmtpReply? Reply)
{
    /// <summary>Who the client is; null where it did not succeed.</summary>
    public ClientLogin? Login { get; init; }

    /// <summary>The session ends with the reply.</summary>
    public bool IsLast { get; init; }
}
