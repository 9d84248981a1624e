using System.Runtime.Versioning;
using RelayOperator.TestKit;
using RelayOperator.TestKit.Cluster;
using RelayOperator.TestKit.Cluster.Kinds;
using Xunit;

namespace RelayOperator.EndToEnd.Tests.Failover;

/// <summary>Two operators as real processes, each with a name of its own at the API server; the first one leads and has served a pool.</summary>
[UnsupportedOSPlatform("windows")]
public abstract class OperatorPair : IAsyncLifetime
{
    protected const string Space = "mail";

    /// <summary>Within what a standby has to lead after a leader that could not say that it leaves.</summary>
    protected const double TakeOverSeconds = 20;

    protected ApiServer Server { get; private set; } = null!;

    protected OperatorProcess First { get; private set; } = null!;

    protected OperatorProcess Second { get; private set; } = null!;

    /// <summary>Name of the pod that holds the Lease; empty for nobody.</summary>
    protected string Leader =>
        (Server.Cluster.Get(BuiltInKinds.Lease, "default", "relay-operator").At("spec", "holderIdentity").Text() ?? "").Split('_')[0];

    public async ValueTask InitializeAsync()
    {
        Server = await ApiServer.StartAsync();
        Server.CreateNamespace(Space);
        await Server.InstallDefinitionsAsync();
        await Server.InstallAsync(Pool, Space);
        await AddHubAsync("ht01");
        First = await OperatorProcess.StartAsync(Server.Address, Server.TokenOfAdmin("first"), "first");
        await Eventually.True(() => Leader == "first", "the first one leads", 30);
        Second = await OperatorProcess.StartAsync(Server.Address, Server.TokenOfAdmin("second"), "second");
        await Eventually.True(() => IsInConfiguration("ht01"), "the pool is served", 30);
        await Eventually.True(Second.IsReadyAsync, "the second one is ready", 30);
    }

    public async ValueTask DisposeAsync()
    {
        await First.DisposeAsync();
        await Second.DisposeAsync();
        await Server.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    protected Task AddHubAsync(string name) => Server.InstallAsync(
        $$"""
        apiVersion: relayoperator.io/v1beta1
        kind: HubTransport
        metadata: { name: {{name}}, labels: { pool: corp } }
        spec: { host: {{name}}.example }
        """,
        Space);

    /// <summary>Whether the pods are told of a hub.</summary>
    protected bool IsInConfiguration(string hub) =>
        Server.Cluster.Get(BuiltInKinds.Secret, Space, "corp-config").At("data", "pool.json").Text() is { } json
        && System.Text.Encoding.UTF8.GetString(Convert.FromBase64String(json)).Contains($"{hub}.example", StringComparison.Ordinal);

    /// <summary>What one of the two has written since the log was cleared.</summary>
    protected IEnumerable<string> WritesOf(string name) =>
        Server.Log.Writes.Where(request => request.User == name).Select(request => $"{request.Verb} {request.Path}");

    private const string Pool = """
        apiVersion: relayoperator.io/v1beta1
        kind: RelayPool
        metadata: { name: corp }
        spec:
          listeners: [{ name: smtp, port: 25 }]
          access: [{ name: lob, clientCIDRs: [10.20.0.0/16] }]
          hubs: { selector: { matchLabels: { pool: corp } } }
        """;
}
