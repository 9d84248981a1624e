using Xunit;

namespace RelayOperator.EndToEnd.Tests;

/// <summary>Tests that load both cores run one after the other.</summary>
[CollectionDefinition("one at a time", DisableParallelization = true)]
public sealed class OneAtATime;
