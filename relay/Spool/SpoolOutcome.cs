namespace RelayOperator.Relay.Spool;

/// <summary>How an operation on a spool ended.</summary>
public enum SpoolOutcome
{
    /// <summary>Committed and on disk.</summary>
    Done,

    /// <summary>The store failed: it is not known to be kept, and may be there nevertheless.</summary>
    Failed,

    /// <summary>There is no room on the store's disk: nothing is kept.</summary>
    Full,

    /// <summary>The spool is sealed: it takes no write until the pod is to stay.</summary>
    Sealed,

    /// <summary>The claim is no longer the caller's: nothing was changed.</summary>
    ClaimLost,

    /// <summary>The body's chunks are not all there, or do not verify: nothing is kept.</summary>
    BodyIncomplete,

    /// <summary>A message of that id is there, or was handed over before.</summary>
    Known,

    /// <summary>Another message has, or had, that id: nothing is kept.</summary>
    Clash,

    /// <summary>No such message, or nothing to be done about it.</summary>
    NotFound,

    /// <summary>There is mail left: it is not sealed.</summary>
    NotEmpty,
}
