namespace RelayOperator.Relay.Server;

/// <summary>What came of waiting for the client.</summary>
public enum InputOutcome
{
    /// <summary>There is more to read.</summary>
    Data,

    /// <summary>The client ended its input in an orderly way.</summary>
    Ended,

    /// <summary>The client's connection was reset.</summary>
    Reset,

    /// <summary>Nothing came within the time allowed.</summary>
    TimedOut,

    /// <summary>Nothing came for a moment: time to give scarce things back; the wait may go on.</summary>
    Stalled,

    /// <summary>The relay is leaving.</summary>
    Leaving,
}
