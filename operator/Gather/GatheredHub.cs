using System.Collections.Immutable;
using RelayOperator.Api;

namespace RelayOperator.Operator.Gather;

/// <summary>A hub with what all pools that select it know about it.</summary>
/// <param name="Hub">The hub.</param>
/// <param name="Generation">Its metadata.generation.</param>
/// <param name="Status">The status that stands on it; null for none yet.</param>
/// <param name="Pools">The pools that select it.</param>
public sealed record GatheredHub(HubTransport Hub, long Generation, HubTransportStatus? Status, ImmutableArray<HubInPool> Pools);

/// <summary>A hub in one pool.</summary>
/// <param name="Pool">The pool's name.</param>
/// <param name="Pods">The pool's pods, with what they answered.</param>
/// <param name="LeftOut">Why the pool's configuration leaves the hub out; empty where it does not.</param>
public sealed record HubInPool(string Pool, ImmutableArray<GatheredPod> Pods, string LeftOut);
