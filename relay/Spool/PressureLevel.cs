namespace RelayOperator.Relay.Spool;

/// <summary>How much a spool is in need of room.</summary>
public enum PressureLevel
{
    /// <summary>There is room.</summary>
    None,

    /// <summary>MAIL is answered slowly, so that clients send less.</summary>
    Slow,

    /// <summary>Nothing is taken: 452 4.3.1.</summary>
    Full,
}
