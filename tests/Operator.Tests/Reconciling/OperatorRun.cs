using System.Collections.Concurrent;
using System.Collections.Immutable;
using k8s;
using Prometheus;
using RelayOperator.Operator.Cluster;
using RelayOperator.TestKit;

namespace RelayOperator.Operator.Tests.Reconciling;

/// <summary>One operator that runs in the test, from its start to its end.</summary>
public sealed class OperatorRun : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly LineLoggerFactory _log = new();
    private readonly OperatorHost _host;

    public OperatorRun(Kubernetes api, OperatorOptions options, string image = "example/relay:1.0.0")
    {
        var settings = new OperatorSettings
        {
            RelayImage = image,
            Version = "1.0.0",
            Namespace = options.LeaseNamespace,
            PodLabels = ImmutableSortedDictionary<string, string>.Empty.Add("app.kubernetes.io/name", "relay-operator"),
        };
        _host = new OperatorHost(Client, options, settings, Registry, TimeProvider.System, _log);
        Ended = _host.RunAsync(_stop.Token);

        ClusterClient Client(Action mayWrite) => new(api.HttpClient, api.Credentials, mayWrite, TimeProvider.System);
    }

    /// <summary>Whether it was stopped (true) or lost the lead (false), when it has ended.</summary>
    public Task<bool> Ended { get; }

    /// <summary>Its metrics.</summary>
    public CollectorRegistry Registry { get; } = Metrics.NewCustomRegistry();

    /// <summary>Whether it knows the cluster's objects.</summary>
    public bool IsReady => _host.IsReady;

    /// <summary>What it logs.</summary>
    public ConcurrentQueue<string> Log => _log.Lines;

    public bool HasLogged(string text) => Log.Any(line => line.Contains(text, StringComparison.Ordinal));

    public Task StopAsync() => _stop.CancelAsync().ContinueWith(_ => Ended, TaskScheduler.Default).Unwrap();

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _stop.Dispose();
    }
}
