namespace RelayOperator.Relay.Admin;

/// <summary>For servers inside the relay, which handles signals itself: a second handler would stop them first.</summary>
internal sealed class NoLifetime : IHostLifetime
{
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
