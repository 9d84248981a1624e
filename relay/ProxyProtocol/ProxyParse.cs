namespace RelayOperator.Relay.ProxyProtocol;

/// <summary>How far the reading of a PROXY header has come.</summary>
public enum ProxyParse
{
    /// <summary>It may become one: more octets are needed.</summary>
    Incomplete,

    /// <summary>It is one.</summary>
    Complete,

    /// <summary>It is none, whatever follows.</summary>
    Malformed,
}
