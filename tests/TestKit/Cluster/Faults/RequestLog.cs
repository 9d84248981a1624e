using System.Collections.Immutable;

namespace RelayOperator.TestKit.Cluster.Faults;

/// <summary>The requests that were made, in order: for tests that say what must not be asked or written.</summary>
public sealed class RequestLog
{
    private ImmutableList<RequestFacts> _requests = [];

    public IReadOnlyList<RequestFacts> All => Volatile.Read(ref _requests);

    public IEnumerable<RequestFacts> Writes => All.Where(request => request.IsWrite);

    /// <summary>From here on only what comes.</summary>
    public void Clear() => Interlocked.Exchange(ref _requests, []);

    public int Count(Func<RequestFacts, bool> which) => All.Count(which);

    internal void Add(RequestFacts request) => ImmutableInterlocked.Update(ref _requests, (all, added) => all.Add(added), request);
}
