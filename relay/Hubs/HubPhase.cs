namespace RelayOperator.Relay.Hubs;

/// <summary>Where in its conversation with a hub the relay is; names the phase of every hub reply and failure.</summary>
public enum HubPhase
{
    Connect,
    Banner,
    Ehlo,
    Tls,
    Auth,
    Xclient,
    Mail,

    /// <summary>The first RCPT of the transaction.</summary>
    FirstRcpt,

    /// <summary>Any RCPT after the first.</summary>
    LaterRcpt,

    /// <summary>DATA sent, 354 awaited.</summary>
    Data,

    /// <summary>The body is being written, its final dot not yet sent.</summary>
    Body,

    /// <summary>The final dot is sent, the verdict awaited.</summary>
    Dot,

    Rset,
    Noop,
    Quit,
}
