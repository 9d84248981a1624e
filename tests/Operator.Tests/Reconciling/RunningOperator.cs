using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Prometheus;
using RelayOperator.Operator.Cluster;
using Xunit;

namespace RelayOperator.Operator.Tests.Reconciling;

/// <summary>The whole operator against an API server of the test's own, with the chart's definitions installed.</summary>
public abstract class RunningOperator : OperatorFixture
{
    private readonly CancellationTokenSource _stop = new();
    private Task<bool> _running = Task.FromResult(true);

    protected static CancellationToken Cancel => TestContext.Current.CancellationToken;

    protected ClusterClient Admin { get; private set; } = null!;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        Admin = ClientOf();
    }

    public override async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
        await base.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    protected Task InstallAsync() => Server.InstallDefinitionsAsync();

    /// <summary>The running operator's metrics.</summary>
    protected CollectorRegistry Registry { get; } = Metrics.NewCustomRegistry();

    protected void Start()
    {
        var options = new OperatorOptions { LeaseNamespace = "default", Identity = "test" };
        var settings = new OperatorSettings
        {
            RelayImage = "example/relay:1.0.0",
            Version = "1.0.0",
            Namespace = "default",
            PodLabels = ImmutableSortedDictionary<string, string>.Empty.Add("app.kubernetes.io/name", "relay-operator"),
        };
        var host = new OperatorHost(ClientOf, options, settings, Registry, TimeProvider.System, NullLoggerFactory.Instance);
        _running = host.RunAsync(_stop.Token);
    }

    protected Task CreateHubAsync(string name) => Admin.CreateAsync(
        ResourceKind.HubTransport,
        Space,
        Json($$"""
            {"apiVersion":"relayoperator.io/v1beta1","kind":"HubTransport",
             "metadata":{"name":"{{name}}","namespace":"mail","labels":{"pool":"corp"} },"spec":{"host":"{{name}}.example"} }
            """),
        Cancel);

    protected Task CreatePoolAsync(string name, string more = "") => Admin.CreateAsync(
        ResourceKind.RelayPool,
        Space,
        Json($$$"""
            {"apiVersion":"relayoperator.io/v1beta1","kind":"RelayPool","metadata":{"name":"{{{name}}}","namespace":"mail"},
             "spec":{"listeners":[{"name":"smtp","port":25}],"access":[{"name":"lob","clientCIDRs":["10.20.0.0/16"]}],
                     "hubs":{"selector":{"matchLabels":{"pool":"corp"} } }{{{more}}} } }
            """),
        Cancel);

    protected async Task<bool> ExistsAsync(ResourceKind kind, string name) => await FindAsync(kind, name) is not null;

    protected async Task<JsonNode?> FindAsync(ResourceKind kind, string name) =>
        await Admin.GetAsync(kind, new ObjectKey(Space, name), Cancel) is { } whole ? JsonNode.Parse(whole.GetRawText()) : null;

    /// <summary>A condition of a pool as Status/Reason; empty where there is none.</summary>
    protected async Task<string> ConditionAsync(string pool, string type)
    {
        var conditions = (await FindAsync(ResourceKind.RelayPool, pool))?["status"]?["conditions"]?.AsArray() ?? [];
        var found = conditions.FirstOrDefault(condition => (string?)condition!["type"] == type);
        return found is null ? "" : $"{found["status"]}/{found["reason"]}";
    }

    protected async Task<string> PoolJsonAsync(string pool)
    {
        var data = (string?)(await FindAsync(ResourceKind.Secret, $"{pool}-config"))?["data"]?["pool.json"];
        return data is null ? "" : System.Text.Encoding.UTF8.GetString(Convert.FromBase64String(data));
    }

    protected static JsonNode Json(string json) => JsonNode.Parse(json)!;
}
