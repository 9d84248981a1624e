namespace RelayOperator.TestKit.Cluster.Faults;

/// <summary>What goes wrong.</summary>
public abstract record FaultAct
{
    private FaultAct()
    {
    }

    /// <summary>An answer instead of serving.</summary>
    public sealed record Answer(int Code, int? RetryAfterSeconds) : FaultAct;

    /// <summary>Served late.</summary>
    public sealed record Delay(TimeSpan Time) : FaultAct;

    /// <summary>The connection is cut without an answer.</summary>
    public sealed record Reset : FaultAct;

    /// <summary>The write is done, and the connection cut before the answer.</summary>
    public sealed record LostAnswer : FaultAct;

    /// <summary>A watch that stays open and says nothing, new ones and those that are open.</summary>
    public sealed record Silence : FaultAct;

    /// <summary>Each event of a watch twice.</summary>
    public sealed record Duplicate : FaultAct;

    /// <summary>Events of a watch in pairs, the later first.</summary>
    public sealed record Reorder : FaultAct;

    /// <summary>The answer breaks off in the middle; a watch in the middle of its next event.</summary>
    public sealed record Cut : FaultAct;

    /// <summary>A watch is told that its resource version is too old, and ends.</summary>
    public sealed record Expire : FaultAct;
}
