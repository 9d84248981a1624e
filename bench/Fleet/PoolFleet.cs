using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using RelayOperator.TestKit.Cluster;
using RelayOperator.TestKit.Cluster.Kinds;
using RelayOperator.TestKit.Cluster.Store;

namespace RelayOperator.Bench.Fleet;

/// <summary>
/// Many pools with their hubs in one namespace of an API server in this process: the hardest case for whoever looks for
/// what belongs together. Notes which pools are served, and when a hub and a pool's Secret were written.
/// </summary>
public sealed class PoolFleet : IAsyncDisposable
{
    public const string Space = "mail";

    private const string Version = "relayoperator.io/v1beta1";

    private readonly ConcurrentDictionary<string, bool> _served = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, long> _written = new(StringComparer.Ordinal);
    private readonly ResourceKind _pool;
    private readonly ResourceKind _hub;

    private PoolFleet(ApiServer server, int pools, int hubs)
    {
        Server = server;
        Pools = pools;
        Hubs = hubs;
        _pool = server.Cluster.Kinds.FindKind(Version, "RelayPool")!;
        _hub = server.Cluster.Kinds.FindKind(Version, "HubTransport")!;
        server.Cluster.Store.Changed += Note;
    }

    public ApiServer Server { get; }

    public int Pools { get; }

    /// <summary>Hubs of each pool.</summary>
    public int Hubs { get; }

    /// <summary>Pools that are Ready and whose configuration is in force in every pod.</summary>
    public int Served => _served.Count(pool => pool.Value);

    /// <summary>Name of the pod that holds the operators' Lease; empty for nobody.</summary>
    public string Leader => (Server.Cluster.Get(BuiltInKinds.Lease, "default", "relay-operator").At("spec", "holderIdentity").Text() ?? "").Split('_')[0];

    /// <param name="pools">How many pools.</param>
    /// <param name="hubs">How many hubs each.</param>
    /// <param name="firstPort">Where the first pool listens, whose relay is real.</param>
    public static async Task<PoolFleet> StartAsync(int pools, int hubs, int firstPort)
    {
        var server = await ApiServer.StartAsync();
        await server.InstallDefinitionsAsync();
        server.CreateNamespace(Space);
        var fleet = new PoolFleet(server, pools, hubs);
        for (var pool = 0; pool < pools; pool++)
        {
            fleet.Create(pool, pool == 0 ? firstPort : 25);
        }

        return fleet;
    }

    public static string PoolName(int pool) => $"pool-{pool:0000}";

    public static string HubName(int pool, int hub) => $"hub-{pool:0000}-{hub}";

    /// <summary>When an object was last written, as a timestamp; 0 for never.</summary>
    public long WrittenAt(string kind, string name) => _written.GetValueOrDefault($"{kind}/{name}");

    /// <summary>Changes what a pool's pods are to know of one hub.</summary>
    public void ChangeHub(int pool, int hub, int connections) => Server.Cluster.Update(
        _hub, Space, HubName(pool, hub), target => target.Ensure("spec", "limits")["maxConnections"] = connections);

    public ValueTask DisposeAsync() => Server.DisposeAsync();

    private void Create(int pool, int port)
    {
        var name = PoolName(pool);
        Server.Cluster.Create(_pool, new JsonObject
        {
            ["apiVersion"] = Version,
            ["kind"] = "RelayPool",
            ["metadata"] = new JsonObject { ["name"] = name, ["namespace"] = Space },
            ["spec"] = new JsonObject
            {
                ["listeners"] = new JsonArray(new JsonObject { ["name"] = "smtp", ["port"] = port }),
                ["access"] = new JsonArray(
                    new JsonObject { ["name"] = "lob", ["clientCIDRs"] = new JsonArray("10.20.0.0/16", "10.21.0.0/16") },
                    new JsonObject { ["name"] = "printers", ["clientCIDRs"] = new JsonArray("10.30.0.0/16"), ["messagesPerMinute"] = 600 }),
                ["hubs"] = new JsonObject { ["selector"] = new JsonObject { ["matchLabels"] = new JsonObject { ["pool"] = name } } },
            },
        });
        for (var hub = 0; hub < Hubs; hub++)
        {
            Server.Cluster.Create(_hub, new JsonObject
            {
                ["apiVersion"] = Version,
                ["kind"] = "HubTransport",
                ["metadata"] = new JsonObject { ["name"] = HubName(pool, hub), ["namespace"] = Space, ["labels"] = new JsonObject { ["pool"] = name } },
                // Nobody listens there: the one real relay finds out at once.
                ["spec"] = new JsonObject { ["host"] = "127.0.0.1", ["port"] = hub + 1 },
            });
        }
    }

    private void Note(ResourceKind kind, ResourceEvent change)
    {
        if (change.Deleted)
        {
            return;
        }

        if (kind == _pool)
        {
            var holds = change.After!.Json.At("status", "conditions").Items().Where(condition => condition["status"].Text() == "True")
                .Select(condition => condition["type"].Text()).ToHashSet();
            _served[change.After.Name] = holds.Contains("Ready") && holds.Contains("ConfigApplied");
        }
        else if (kind == BuiltInKinds.Secret || (kind == _hub && change.Before?.Json.Generation() != change.After!.Json.Generation()))
        {
            _written[$"{kind.Kind}/{change.After!.Name}"] = TimeProvider.System.GetTimestamp();
        }
    }
}
