namespace RelayOperator.Relay.Sink;

/// <summary>The replies of a sink that <c>--reply</c> can replace.</summary>
public enum SinkPhase
{
    /// <summary>The greeting of a new connection.</summary>
    Banner,

    /// <summary>The answer to EHLO; HELO is always welcome, so that a fallback to it can be tried.</summary>
    Ehlo,

    Mail,

    Rcpt,

    /// <summary>The answer to DATA: 354 asks for the message.</summary>
    Data,

    /// <summary>The verdict after the final dot.</summary>
    Dot,
}
