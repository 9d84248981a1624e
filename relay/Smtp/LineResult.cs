namespace RelayOperator.Relay.Smtp;

/// <summary>What <see cref="LineReader.TryRead"/> found.</summary>
public enum LineResult
{
    /// <summary>No line end yet; nothing was consumed.</summary>
    Incomplete,

    /// <summary>A line, consumed with its CRLF.</summary>
    Line,

    /// <summary>More than the limit without a line end; nothing was consumed.</summary>
    TooLong,

    /// <summary>A bare CR or LF; consumed up to and with it.</summary>
    BareLineEnding,
}
