namespace RelayOperator.Relay.Delivery;

/// <summary>What a hub's answer means for the transaction.</summary>
public enum AnswerStep
{
    /// <summary>The hub agrees: go on with the next phase (at the dot: delivered).</summary>
    Proceed,

    /// <summary>The answer is the client's: pass it on, no other hub is asked.</summary>
    Tell,

    /// <summary>Any other hub may do better: go through every remaining candidate, only then tell.</summary>
    TryNext,

    /// <summary>One other hub is asked, then the answer is the client's.</summary>
    TryOnce,

    /// <summary>The session is out of step: a fresh connection to the same hub once, then 451.</summary>
    FreshConnection,

    /// <summary>Too large for this hub: only a hub with a larger SIZE can help, otherwise tell.</summary>
    LargerHub,

    /// <summary>The dot is sent and no verdict came: the hub may have the mail; another one may make a duplicate.</summary>
    InDoubt,
}
