namespace RelayOperator.Relay.HandOver;

/// <summary>What a peer made of a message.</summary>
internal enum HandOverResult
{
    /// <summary>It has it on disk, or had it before.</summary>
    Taken,

    /// <summary>It cannot take this message.</summary>
    Refused,

    /// <summary>It takes no message now.</summary>
    Unavailable,

    /// <summary>It may have it: only the same peer can tell.</summary>
    Unknown,

    /// <summary>What is stored here could not be read.</summary>
    Unreadable,
}
