using System.Collections.Immutable;

namespace RelayOperator.Api.Config;

/// <summary>What became of reading a pool.json: the pool, or every fault of it, one line each.</summary>
public sealed record RenderedPoolResult(RenderedPool? Pool, ImmutableArray<string> Faults);
