namespace RelayOperator.TestKit.Cluster.Faults;

/// <summary>One fault that a test switched on. Dispose switches it off.</summary>
public sealed class PlannedFault : IDisposable
{
    private readonly FaultPlan _plan;
    private readonly Func<RequestFacts, bool> _which;
    private int _left;
    private int _hits;

    internal PlannedFault(FaultPlan plan, FaultAct act, Func<RequestFacts, bool> which, int times)
    {
        _plan = plan;
        Act = act;
        _which = which;
        _left = times;
    }

    /// <summary>How often it struck.</summary>
    public int Hits => Volatile.Read(ref _hits);

    internal FaultAct Act { get; }

    public void Dispose() => _plan.Forget(this);

    /// <summary>Whether it strikes this request; counts.</summary>
    internal bool Strikes(RequestFacts request)
    {
        if (!_which(request))
        {
            return false;
        }
        if (Interlocked.Decrement(ref _left) < 0)
        {
            return false;
        }
        Interlocked.Increment(ref _hits);
        return true;
    }
}
