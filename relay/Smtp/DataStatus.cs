namespace RelayOperator.Relay.Smtp;

/// <summary>How a step of <see cref="DataDecoder"/> or <see cref="BdatEncoder"/> ended.</summary>
public enum DataStatus
{
    /// <summary>All input is consumed.</summary>
    NeedMore,

    /// <summary>The output has less room than the minimum; call again with more.</summary>
    OutputFull,

    /// <summary>The end of data was consumed (DATA only); what follows it is the next command.</summary>
    End,

    /// <summary>A bare CR or LF where none is allowed; nothing behind it may be parsed.</summary>
    BareLineEnding,
}
