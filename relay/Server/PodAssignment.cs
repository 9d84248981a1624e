namespace RelayOperator.Relay.Server;

/// <summary>What the operator wants of this pod, with the configuration that said so.</summary>
/// <param name="Pod">The pod's name.</param>
/// <param name="Uid">The pod's uid, which tells it from an earlier one of the same name.</param>
/// <param name="Sequence">Number of the operator's write.</param>
/// <param name="Draining">The pod is to be removed: it goes on serving, and says when nothing is in flight.</param>
/// <param name="Closing">No peer stays, since the pool is being deleted: it takes no new mail either.</param>
public sealed record PodAssignment(string Pod, string Uid, long Sequence, bool Draining, bool Closing = false);
