namespace RelayOperator.Relay.Authentication;

/// <summary>The server's side of one exchange (RFC 4422 §3): takes what the client says, in turn. Pure; good for one exchange.</summary>
public interface ISaslMechanism
{
    /// <summary>What is said where the client did not begin itself.</summary>
    ReadOnlyMemory<byte> Prompt { get; }

    /// <summary>Takes the client's next octets.</summary>
    SaslStep Take(ReadOnlySpan<byte> response);
}
