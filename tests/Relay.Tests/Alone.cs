using Xunit;

namespace RelayOperator.Relay.Tests;

/// <summary>Tests that measure this process, so that no other one may run beside them.</summary>
[CollectionDefinition("alone", DisableParallelization = true)]
public sealed class Alone;
