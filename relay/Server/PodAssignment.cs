using RelayOperator.Api.Config;

namespace RelayOperator.Relay.Server;

/// <summary>What the operator wants of this pod, with the configuration that said so.</summary>
/// <param name="Pod">The pod's name.</param>
/// <param name="Uid">The pod's uid, which tells it from an earlier one of the same name.</param>
/// <param name="Sequence">Number of the operator's write.</param>
/// <param name="Draining">The pod is to be removed: it goes on serving, and says when what it had begun before has ended.</param>
/// <param name="Closing">No peer stays, since the pool is being deleted: it takes no new mail either.</param>
public sealed record PodAssignment(string Pod, string Uid, long Sequence, bool Draining, bool Closing = false)
{
    /// <summary>How spools are handed to peers; null where that cannot be.</summary>
    public HandOverConfig? HandOver { get; init; }

    /// <summary>The sequence that first said so, without a break since; null while it is to stay.</summary>
    public long? DrainingSince { get; private init; }

    /// <summary>This one, in the place of the one before.</summary>
    public PodAssignment After(PodAssignment? before) => this with { DrainingSince = Draining ? before?.DrainingSince ?? Sequence : null };
}
