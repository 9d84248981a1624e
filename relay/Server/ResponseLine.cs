using RelayOperator.Relay.Smtp;

namespace RelayOperator.Relay.Server;

/// <summary>A line of the client inside an AUTH exchange.</summary>
/// <param name="Text">What it says, still in base64.</param>
/// <param name="Fault">The answer to a line that is none; otherwise null.</param>
public readonly record struct ResponseLine(string Text, SmtpReply? Fault)
{
    /// <summary>Leaves the text out, since it may hold a password.</summary>
    public override string ToString() => nameof(ResponseLine);
}
