using System.Text;
using System.Text.Json.Nodes;
using k8s;
using RelayOperator.Operator.Cluster;
using RelayOperator.Operator.Leading;
using RelayOperator.TestKit;
using RelayOperator.TestKit.Cluster.Faults;
using RelayOperator.TestKit.Target;

namespace RelayOperator.Operator.Tests.Reconciling;

/// <summary>The whole operator in a namespace of the test's own, and pods that are pretended there.</summary>
public abstract class RunningOperator : OperatorFixture
{
    private readonly List<OperatorRun> _runs = [];
    private Kubernetes? _api;

    /// <summary>Runs the pods of the test's pools.</summary>
    protected PretendedKubelet Kubelet { get; private set; } = null!;

    /// <summary>What those pods say of themselves.</summary>
    protected PretendedRelays Relays { get; private set; } = null!;

    /// <summary>Whether the operator serves all namespaces.</summary>
    protected virtual bool IsEverywhere => false;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        Kubelet = new PretendedKubelet(Target.Admin, Space);
        Relays = await PretendedRelays.StartAsync(Target.Admin, Space, Kubelet);
    }

    public override async ValueTask DisposeAsync()
    {
        foreach (var run in _runs)
        {
            await run.DisposeAsync();
        }

        await Relays.DisposeAsync();
        await Kubelet.DisposeAsync();
        await base.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>Installs what the chart installs, but for the operator itself.</summary>
    protected async Task InstallAsync()
    {
        await Target.DefineAsync();
        _api ??= await Target.OperatorAsync(IsEverywhere, Line.Handler());
    }

    /// <summary>Starts an operator. What it may do was installed before.</summary>
    protected OperatorRun Start(Func<OperatorOptions, OperatorOptions>? change = null) =>
        Start(_api ?? throw new InvalidOperationException("InstallAsync comes first."), "test", change);

    /// <summary>Starts another operator, on a line of its own.</summary>
    protected async Task<OperatorRun> StartAnotherAsync(string identity, ApiLine line, Func<OperatorOptions, OperatorOptions>? change = null) =>
        Start(await Target.OperatorAsync(IsEverywhere, line.Handler()), identity, change);

    protected Task CreateHubAsync(string name, string more = "") => Admin.CreateAsync(
        ResourceKind.HubTransport,
        Space,
        Json($$"""
            {"apiVersion":"relayoperator.io/v1beta1","kind":"HubTransport",
             "metadata":{"name":"{{name}}","namespace":"{{Space}}","labels":{"pool":"corp"} },"spec":{"host":"{{name}}.example"{{more}} } }
            """),
        Cancel);

    /// <summary>Creates a pool whose pods are left to <see cref="Kubelet"/>.</summary>
    /// <param name="name">The pool.</param>
    /// <param name="more">Further fields of its spec, each after a comma.</param>
    protected Task CreatePoolAsync(string name, string more = "")
    {
        var pool = Json($$$"""
            {"apiVersion":"relayoperator.io/v1beta1","kind":"RelayPool","metadata":{"name":"{{{name}}}","namespace":"{{{Space}}}"},
             "spec":{"listeners":[{"name":"smtp","port":25}],"access":[{"name":"lob","clientCIDRs":["10.20.0.0/16"]}],
                     "hubs":{"selector":{"matchLabels":{"pool":"corp"} } }{{{more}}} } }
            """);
        var template = pool["spec"]!["template"] as JsonObject ?? [];
        template["nodeSelector"] = new JsonObject { [PretendedKubelet.NodeSelector] = "" };
        pool["spec"]!["template"] = template;
        return Admin.CreateAsync(ResourceKind.RelayPool, Space, pool, Cancel);
    }

    protected async Task DeleteAsync(ResourceKind kind, string name, string propagation = "Background")
    {
        var found = (await Admin.GetAsync(kind, Key(name), Cancel))!.Value;
        await Admin.DeleteAsync(kind, ObjectMeta.Of(found), unchanged: false, propagation, Cancel);
    }

    protected async Task<bool> ExistsAsync(ResourceKind kind, string name) => await FindAsync(kind, name) is not null;

    protected async Task<JsonNode?> FindAsync(ResourceKind kind, string name) =>
        await Admin.GetAsync(kind, Key(name), Cancel) is { } whole ? JsonNode.Parse(whole.GetRawText()) : null;

    /// <summary>A condition of a pool as Status/Reason; empty where there is none.</summary>
    protected async Task<string> ConditionAsync(string pool, string type)
    {
        var found = await FindConditionAsync(pool, type);
        return found is null ? "" : $"{found["status"]}/{found["reason"]}";
    }

    protected async Task<JsonNode?> FindConditionAsync(string pool, string type)
    {
        var conditions = (await FindAsync(ResourceKind.RelayPool, pool))?["status"]?["conditions"]?.AsArray() ?? [];
        return conditions.FirstOrDefault(condition => (string?)condition!["type"] == type);
    }

    protected async Task<string> PoolJsonAsync(string pool)
    {
        var data = (string?)(await FindAsync(ResourceKind.Secret, $"{pool}-config"))?["data"]?["pool.json"];
        return data is null ? "" : Encoding.UTF8.GetString(Convert.FromBase64String(data));
    }

    /// <summary>Waits until the pool's pods run and have its configuration.</summary>
    protected Task ServedAsync(string pool) =>
        Eventually.True(async () => await ConditionAsync(pool, "Ready") is ['T', ..] && await ConditionAsync(pool, "ConfigApplied") is ['T', ..], $"{pool} is served");

    /// <summary>Waits until a whole renewal of the Lease has passed without any other write.</summary>
    protected Task SettledAsync() => Eventually.True(
        async () =>
        {
            Line.Log.Clear();
            await Eventually.True(() => Line.Log.Count(IsRenewal) > 0, "the Lease is renewed");
            return !Line.Log.Writes.Any(request => !IsRenewal(request));
        },
        "nothing is written any more",
        seconds: 30);

    protected static bool IsRenewal(RequestFacts request) => request is { Resource: "leases", Verb: "update" };

    protected static JsonNode Json(string json) => JsonNode.Parse(json)!;

    private OperatorRun Start(Kubernetes api, string identity, Func<OperatorOptions, OperatorOptions>? change)
    {
        var options = new OperatorOptions
        {
            Namespaces = IsEverywhere ? [] : [Space],
            LeaseNamespace = Space,
            Identity = identity,
            Lease = new LeaseTimes { Retry = TimeSpan.FromSeconds(0.5) },
            StatusAddress = Relays.StatusOf,
        };
        var run = new OperatorRun(api, change is null ? options : change(options));
        _runs.Add(run);
        return run;
    }
}
