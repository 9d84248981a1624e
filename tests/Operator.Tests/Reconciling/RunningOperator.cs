using System.Text;
using System.Text.Json.Nodes;
using k8s;
using RelayOperator.Operator.Cluster;
using RelayOperator.Operator.Leading;
using RelayOperator.Operator.Watching;
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

    /// <summary>Starts an operator that brings another relay, as an upgrade does.</summary>
    protected OperatorRun StartUpgraded(string image, Func<OperatorOptions, OperatorOptions>? change = null) =>
        Start(_api ?? throw new InvalidOperationException("InstallAsync comes first."), "upgraded", change, image);

    /// <summary>Starts another operator, on a line of its own.</summary>
    protected async Task<OperatorRun> StartAnotherAsync(string identity, ApiLine line, Func<OperatorOptions, OperatorOptions>? change = null) =>
        Start(await Target.OperatorAsync(IsEverywhere, line.Handler()), identity, change);

    /// <summary>Serves pools with the hubs ht01 and ht02 until nothing is left to do.</summary>
    protected async Task<OperatorRun> ServeAsync(params string[] pools)
    {
        await InstallAsync();
        await CreateHubAsync("ht01");
        await CreateHubAsync("ht02");
        foreach (var pool in pools)
        {
            await CreatePoolAsync(pool);
        }

        var run = Start();
        foreach (var pool in pools)
        {
            await ServedAsync(pool);
        }

        return run;
    }

    protected Task CreateHubAsync(string name, string more = "", string? ns = null) => Admin.CreateAsync(
        ResourceKind.HubTransport,
        ns ?? Space,
        Json($$"""
            {"apiVersion":"relayoperator.io/v1beta1","kind":"HubTransport",
             "metadata":{"name":"{{name}}","labels":{"pool":"corp"} },"spec":{"host":"{{name}}.example"{{more}} } }
            """),
        Cancel);

    /// <summary>Creates a pool that selects all hubs of <see cref="CreateHubAsync"/>, with pods that are left to <see cref="Kubelet"/>.</summary>
    /// <param name="name">The pool.</param>
    /// <param name="more">Further fields of its spec, each after a comma.</param>
    /// <param name="ns">Where; null for the test's namespace.</param>
    protected Task CreatePoolAsync(string name, string more = "", string? ns = null)
    {
        var pool = Json($$$"""
            {"apiVersion":"relayoperator.io/v1beta1","kind":"RelayPool","metadata":{"name":"{{{name}}}"},
             "spec":{"listeners":[{"name":"smtp","port":25}],"access":[{"name":"lob","clientCIDRs":["10.20.0.0/16"]}],
                     "hubs":{"selector":{"matchLabels":{"pool":"corp"} } }{{{more}}} } }
            """);
        var spec = pool["spec"]!;
        var template = spec["template"] as JsonObject ?? [];
        template["nodeSelector"] = new JsonObject { [PretendedKubelet.NodeSelector] = "" };
        spec["template"] = template;
        // Not every cluster has a load balancer to give.
        spec["vip"] ??= new JsonObject { ["type"] = "ClusterIP" };
        return Admin.CreateAsync(ResourceKind.RelayPool, ns ?? Space, pool, Cancel);
    }

    protected async Task DeleteAsync(ResourceKind kind, string name, string propagation = "Background")
    {
        var found = (await Admin.GetAsync(kind, Key(name), Cancel))!.Value;
        await Admin.DeleteAsync(kind, ObjectMeta.Of(found), unchanged: false, propagation, Cancel);
    }

    protected async Task<bool> ExistsAsync(ResourceKind kind, string name, string? ns = null) => await FindAsync(kind, name, ns) is not null;

    protected async Task<JsonNode?> FindAsync(ResourceKind kind, string name, string? ns = null) =>
        await Admin.GetAsync(kind, new ObjectKey(ns ?? Space, name), Cancel) is { } whole ? JsonNode.Parse(whole.GetRawText()) : null;

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

    /// <summary>Waits until all is done for a pool: its pods run, have its configuration, and nothing is under way.</summary>
    protected async Task ServedAsync(string pool)
    {
        foreach (var (type, wanted) in new[] { ("Ready", "True/Serving"), ("ConfigApplied", "True/Applied"), ("Progressing", "False/Settled") })
        {
            await Eventually.True(async () => await ConditionAsync(pool, type) == wanted, $"{pool} has {type}={wanted}", seconds: 30);
        }
    }

    /// <summary>Waits until a hub is in a pool's configuration: whoever is in trouble, this pool is not held up.</summary>
    protected Task KnowsAsync(string pool, string hub, double seconds = 10) =>
        Eventually.True(async () => (await PoolJsonAsync(pool)).Contains($"{hub}.example", StringComparison.Ordinal), $"{pool} knows {hub}", seconds);

    /// <summary>Waits until a whole renewal of the Lease has passed without any other write.</summary>
    protected Task SettledAsync() => Eventually.True(
        async () =>
        {
            Line.Log.Clear();
            await Eventually.True(() => Line.Log.Count(IsRenewal) > 1, "the Lease is renewed", seconds: 30);
            return !Line.Log.Writes.Any(request => !IsRenewal(request));
        },
        "nothing is written any more",
        seconds: 60);

    /// <summary>What is written because of something, renewals of the Lease aside, until a whole one has passed.</summary>
    protected async Task<IEnumerable<RequestFacts>> WritesAfterAsync(Func<Task> something)
    {
        Line.Log.Clear();
        await something();
        var before = Line.Log.Count(IsRenewal);
        await Eventually.True(() => Line.Log.Count(IsRenewal) > before + 1, "time has passed", seconds: 30);
        return Line.Log.Writes.Where(request => !IsRenewal(request));
    }

    protected static bool IsRenewal(RequestFacts request) => request is { Resource: "leases", Verb: "update" };

    protected static JsonNode Json(string json) => JsonNode.Parse(json)!;

    private OperatorRun Start(
        Kubernetes api, string identity, Func<OperatorOptions, OperatorOptions>? change, string image = "example/relay:1.0.0")
    {
        var options = new OperatorOptions
        {
            Namespaces = IsEverywhere ? [] : [.. Target.Namespaces],
            LeaseNamespace = Space,
            Identity = identity,
            Lease = new LeaseTimes { Retry = TimeSpan.FromSeconds(0.3) },
            Watches = new WatchTimes { FirstPause = TimeSpan.FromSeconds(0.1), LongestPause = TimeSpan.FromSeconds(1) },
            LookAgain = TimeSpan.FromSeconds(0.2),
            StatusAddress = Relays.StatusOf,
        };
        var run = new OperatorRun(api, change is null ? options : change(options), image);
        _runs.Add(run);
        return run;
    }
}
