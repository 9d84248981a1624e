using System.Runtime.Versioning;
using RelayOperator.TestKit;
using RelayOperator.TestKit.Cluster;
using RelayOperator.TestKit.Cluster.Pods;
using RelayOperator.TestKit.Target;
using Xunit;

namespace RelayOperator.EndToEnd.Tests.Pools;

/// <summary>
/// A cluster with the operator at work, with the rights that the chart gives it, whose pods are real relays; two hubs, and a
/// pool of two pods that serves them. The tests share it one after the other, and each leaves the pool as it found it.
/// </summary>
[UnsupportedOSPlatform("windows")]
public sealed class PoolCluster : IAsyncLifetime
{
    private readonly List<ServedPool> _pools = [];
    private TestCluster _cluster = null!;

    public string Space => _cluster.Namespace;

    public ApiServer Server => _cluster.StandIn!;

    public RelayPods Pods { get; private set; } = null!;

    public SupervisedOperator Operator { get; private set; } = null!;

    public SinkProcess First { get; private set; } = null!;

    public SinkProcess Second { get; private set; } = null!;

    /// <summary>The pool that is shared: two pods.</summary>
    public ServedPool Pool { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        _cluster = await TestCluster.StandInAsync();
        Pods = new RelayPods(Server);
        Server.Controllers.Nodes.Runner = Pods;
        await _cluster.DefineAsync();
        Operator = new SupervisedOperator(await _cluster.OperatorAsync(everywhere: false), Space, Pods.StatusOf);
        Operator.Start();
        First = await SinkProcess.StartAsync();
        Second = await SinkProcess.StartAsync();
        await RegisterAsync("ht01", First.Port);
        await RegisterAsync("ht02", Second.Port);
        Pool = await CreatePoolAsync("corp");
        await Pool.ServesAsync(pods: 2);
    }

    public async ValueTask DisposeAsync()
    {
        await Operator.DisposeAsync();
        foreach (var pool in _pools)
        {
            await pool.Vip.DisposeAsync();
        }

        await First.DisposeAsync();
        await Second.DisposeAsync();
        try
        {
            await _cluster.DisposeAsync();
        }
        finally
        {
            // What the cluster complains of leaves no process behind.
            await Pods.DisposeAsync();
        }
    }

    /// <summary>Registers a hub of this machine, or changes it.</summary>
    public Task RegisterAsync(string name, int port, string more = "") => Server.InstallAsync(
        $$"""
        apiVersion: relayoperator.io/v1beta1
        kind: HubTransport
        metadata: { name: {{name}}, labels: { pool: corp } }
        spec: { host: 127.0.0.1, port: {{port}}{{more}} }
        """,
        Space);

    /// <summary>Creates a pool that forwards to every hub here, with short times.</summary>
    public async Task<ServedPool> CreatePoolAsync(string name, string more = "")
    {
        await Server.InstallAsync(
            $$"""
            apiVersion: relayoperator.io/v1beta1
            kind: RelayPool
            metadata: { name: {{name}} }
            spec:
              listeners: [{ name: smtp, port: 25 }]
              access: [{ name: local, clientCIDRs: [127.0.0.0/8] }]
              hubs: { selector: { matchLabels: { pool: corp } } }
              vip: { drainSeconds: 1 }
              balancing: { slowStartSeconds: 2 }
              health: { probe: { intervalSeconds: 1, timeoutSeconds: 2 }, ejection: { baseSeconds: 1, maxSeconds: 4 } }
              template: { terminationGracePeriodSeconds: 30 }
            {{more}}
            """,
            Space);
        var pool = new ServedPool(this, name);
        _pools.Add(pool);
        return pool;
    }

    /// <summary>What was acknowledged is in a hub.</summary>
    public void AssertNothingLost(LoadReport report)
    {
        var arrived = First.ArrivedIds().Concat(Second.ArrivedIds()).ToHashSet(StringComparer.Ordinal);
        Assert.DoesNotContain(report.Acknowledged, id => !arrived.Contains(id));
    }
}
