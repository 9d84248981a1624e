using System.Collections.Immutable;
using RelayOperator.Api.Config;

namespace RelayOperator.Api;

/// <summary>What came of loading a pool file: a configuration to serve, or every reason why there is none.</summary>
/// <param name="Config">The rendered configuration; null exactly when there are faults.</param>
/// <param name="Faults">Everything wrong with the file, in file order; empty when it is valid.</param>
/// <param name="Notices">What is allowed but worth a log line, such as a route that selects no hub.</param>
public sealed record PoolFileResult(PoolConfig? Config, ImmutableArray<ConfigFault> Faults, ImmutableArray<string> Notices);
