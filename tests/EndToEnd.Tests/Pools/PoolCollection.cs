using System.Runtime.Versioning;
using Xunit;

namespace RelayOperator.EndToEnd.Tests.Pools;

/// <summary>Tests of the pool that <see cref="PoolCluster"/> serves.</summary>
[UnsupportedOSPlatform("windows")]
[CollectionDefinition("pools", DisableParallelization = true)]
public sealed class PoolCollection : ICollectionFixture<PoolCluster>;
