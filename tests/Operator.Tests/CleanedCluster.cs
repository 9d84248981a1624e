using RelayOperator.TestKit.Target;
using Xunit;

[assembly: AssemblyFixture(typeof(RelayOperator.Operator.Tests.CleanedCluster))]

namespace RelayOperator.Operator.Tests;

/// <summary>After the last test nothing of them is left on a real API server.</summary>
public sealed class CleanedCluster : IAsyncDisposable
{
    public async ValueTask DisposeAsync() => await LeftBehind.GoneAsync();
}
