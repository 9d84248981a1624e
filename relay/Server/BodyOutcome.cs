namespace RelayOperator.Relay.Server;

/// <summary>How receiving a body, or one BDAT chunk of it, ended.</summary>
public enum BodyOutcome
{
    /// <summary>The body, or the chunk, is whole.</summary>
    Complete,

    /// <summary>Larger than the limit: all of it was read and thrown away, 552 5.3.4.</summary>
    TooLarge,

    /// <summary>Far larger than the limit: 552 5.3.4, and the connection is closed rather than read to the end.</summary>
    Endless,

    /// <summary>No room to keep it: all of it was read and thrown away, 452 4.3.1.</summary>
    NoRoom,

    /// <summary>Too many Received fields: all of it was read and thrown away, 554 5.4.6.</summary>
    Loop,

    /// <summary>A bare CR or LF where only CRLF is allowed: 554 5.5.2, and nothing more is parsed.</summary>
    BareLineEnding,

    /// <summary>NUL in the message where it is not dropped: all of it was read and thrown away, 554 5.6.0.</summary>
    Nul,

    /// <summary>The client went away inside its data: no hub gets a message.</summary>
    ClientGone,

    /// <summary>The client was too slow: 421 4.4.2.</summary>
    TimedOut,
}
