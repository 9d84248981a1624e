using System.Collections.Immutable;

namespace RelayOperator.TestKit.Cluster.Faults;

/// <summary>
/// What goes wrong, for which requests and how often. Each method gives a fault that counts its hits; it ends after its
/// times, or when it is disposed.
/// </summary>
public sealed class FaultPlan
{
    private ImmutableList<PlannedFault> _faults = [];

    /// <summary>An answer instead of serving: 409, 410, 429, 500, 503.</summary>
    public PlannedFault Answer(int code, Func<RequestFacts, bool> which, int times = int.MaxValue, int? retryAfterSeconds = null) =>
        Add(new FaultAct.Answer(code, retryAfterSeconds), which, times);

    public PlannedFault Delay(TimeSpan time, Func<RequestFacts, bool> which, int times = int.MaxValue) => Add(new FaultAct.Delay(time), which, times);

    public PlannedFault Reset(Func<RequestFacts, bool> which, int times = int.MaxValue) => Add(new FaultAct.Reset(), which, times);

    /// <summary>Served, but the client never hears of it.</summary>
    public PlannedFault LoseAnswer(Func<RequestFacts, bool> which, int times = int.MaxValue) => Add(new FaultAct.LostAnswer(), which, times);

    /// <summary>Half-open watches, as behind a balancer that forgot the connection: no event, no bookmark, no end.</summary>
    public PlannedFault SilenceWatches(Func<RequestFacts, bool> which) => Add(new FaultAct.Silence(), which, int.MaxValue);

    public PlannedFault DuplicateEvents(Func<RequestFacts, bool> which) => Add(new FaultAct.Duplicate(), which, int.MaxValue);

    public PlannedFault ReorderEvents(Func<RequestFacts, bool> which) => Add(new FaultAct.Reorder(), which, int.MaxValue);

    /// <summary>Answers that break off in the middle. On the line alone, see <see cref="Target.ApiLine"/>.</summary>
    public PlannedFault CutAnswers(Func<RequestFacts, bool> which, int times = int.MaxValue) => Add(new FaultAct.Cut(), which, times);

    /// <summary>Watches end, their version being too old, when the next event comes. On the line alone, see <see cref="Target.ApiLine"/>.</summary>
    public PlannedFault ExpireWatches(Func<RequestFacts, bool> which, int times = int.MaxValue) => Add(new FaultAct.Expire(), which, times);

    /// <summary>Everything works again.</summary>
    public void Clear()
    {
        foreach (var fault in Volatile.Read(ref _faults))
        {
            fault.Dispose();
        }
    }

    /// <summary>The first fault of that sort that strikes.</summary>
    internal PlannedFault? Striking<TAct>(RequestFacts request) where TAct : FaultAct =>
        Volatile.Read(ref _faults).FirstOrDefault(fault => fault.Act is TAct && fault.Strikes(request));

    internal void Forget(PlannedFault fault) => ImmutableInterlocked.Update(ref _faults, (all, gone) => all.Remove(gone), fault);

    private PlannedFault Add(FaultAct act, Func<RequestFacts, bool> which, int times)
    {
        var fault = new PlannedFault(this, act, which, times);
        ImmutableInterlocked.Update(ref _faults, (all, added) => all.Add(added), fault);
        return fault;
    }
}
