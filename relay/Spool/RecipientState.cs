namespace RelayOperator.Relay.Spool;

/// <summary>What a recipient of a spooled message waits for. The numbers stand in the stores and do not change.</summary>
public enum RecipientState
{
    /// <summary>Its time to be sent, or its turn.</summary>
    Waiting = 0,

    /// <summary>A hub's verdict on the rest of its transaction; a crash makes it Waiting.</summary>
    Inactive = 1,

    /// <summary>The verdict of a hub that was sent it and is silent; a crash makes it Waiting, and a possible duplicate.</summary>
    InDoubt = 2,

    /// <summary>An operator's release.</summary>
    Held = 3,

    /// <summary>It was in flight when a relay died: tried alone before anything else is sent.</summary>
    Suspect = 4,

    /// <summary>An operator: the relay died of it three times while it was alone.</summary>
    SetAside = 5,

    /// <summary>An operator: it failed for good and there is nobody to tell.</summary>
    Dead = 6,

    /// <summary>An operator: what is stored does not verify any more.</summary>
    Damaged = 7,
}
