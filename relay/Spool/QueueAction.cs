namespace RelayOperator.Relay.Spool;

/// <summary>What an operator does to a spooled message.</summary>
public enum QueueAction
{
    /// <summary>Due now: Waiting ones at once, and Dead and SetAside ones once more.</summary>
    Retry,

    /// <summary>Held until released.</summary>
    Hold,

    /// <summary>Held ones wait again, due now.</summary>
    Release,

    /// <summary>Gone, without a word to its sender.</summary>
    Delete,
}
