using System.Collections.Immutable;
using k8s;
using Microsoft.Extensions.Logging.Abstractions;
using Prometheus;
using RelayOperator.Operator;
using RelayOperator.Operator.Cluster;

namespace RelayOperator.EndToEnd.Tests.Pools;

/// <summary>The operator in this process, started again when it ends unasked, as its Deployment would.</summary>
public sealed class SupervisedOperator(Kubernetes api, string space, Func<string, Uri> statusAddress) : IAsyncDisposable
{
    private CancellationTokenSource _stop = new();
    private Task _running = Task.CompletedTask;

    public void Start()
    {
        _stop = new();
        _running = RunAsync(_stop.Token);
    }

    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_running.IsCompleted)
        {
            await StopAsync();
        }
    }

    private async Task RunAsync(CancellationToken stop)
    {
        var options = new OperatorOptions
        {
            Namespaces = [space],
            LeaseNamespace = space,
            Identity = "test",
            StatusEvery = TimeSpan.FromSeconds(1),
            StatusAddress = statusAddress,
        };
        var settings = new OperatorSettings
        {
            RelayImage = "example/relay:1.0.0",
            Version = "1.0.0",
            Namespace = space,
            PodLabels = ImmutableSortedDictionary<string, string>.Empty.Add("app.kubernetes.io/name", "relay-operator"),
        };
        while (!stop.IsCancellationRequested)
        {
            var host = new OperatorHost(
                mayWrite => new ClusterClient(api.HttpClient, api.Credentials, mayWrite, TimeProvider.System),
                options, settings, Metrics.NewCustomRegistry(), TimeProvider.System, NullLoggerFactory.Instance);
            await host.RunAsync(stop);
        }
    }
}
