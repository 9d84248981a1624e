using System.Runtime.Versioning;
using System.Text.Json.Nodes;
using RelayOperator.Api.Config;
using RelayOperator.TestKit;
using RelayOperator.TestKit.Cluster;
using RelayOperator.TestKit.Cluster.Kinds;
using RelayOperator.TestKit.Cluster.Pods;
using Xunit;

namespace RelayOperator.EndToEnd.Tests;

/// <summary>A real relay as it runs in a pod, without an operator.</summary>
[UnsupportedOSPlatform("windows")]
[Collection("one at a time")]
public sealed class PodTests : IAsyncLifetime
{
    private const string Space = "mail";

    private readonly ScriptedHub _hub = new();
    private ApiServer _server = null!;
    private RelayPods _pods = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await ApiServer.StartAsync();
        _server.CreateNamespace(Space);
        _server.Controllers.Nodes.Runner = _pods = new RelayPods(_server);
        await _server.InstallAsync(
            """
            { apiVersion: v1, kind: ServiceAccount, metadata: { name: corp } }
            ---
            apiVersion: rbac.authorization.k8s.io/v1
            kind: Role
            metadata: { name: corp }
            rules: [{ apiGroups: [""], resources: [secrets], resourceNames: [corp-config], verbs: [get, list, watch] }]
            ---
            apiVersion: rbac.authorization.k8s.io/v1
            kind: RoleBinding
            metadata: { name: corp }
            roleRef: { apiGroup: rbac.authorization.k8s.io, kind: Role, name: corp }
            subjects: [{ kind: ServiceAccount, name: corp, namespace: mail }]
            """,
            Space);
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _pods.DisposeAsync();
        await _hub.DisposeAsync();
    }

    [Fact]
    public async Task It_starts_without_an_API_server_follows_the_Secret_when_there_is_one_and_keeps_what_it_has()
    {
        await _server.DownAsync();
        var pod = await StartAsync(Pool(3));
        Assert.Equal(3, await pod.Admin.SequenceAsync());
        await SendAsync(pod);

        await WriteAsync(Pool(4));
        await Eventually.True(async () => await pod.Admin.SequenceAsync() == 4, "the mounted copy is in force as long as nobody else says anything");
        await _server.UpAsync();
        await Eventually.True(() => _server.Log.Count(request => request is { Verb: "watch", Resource: "secrets" }) > 0, "the Secret is watched", 15);

        await WriteAsync(Pool(5) with { Draining = [pod.Name] });
        await Eventually.True(async () => await pod.Admin.SequenceAsync() == 5, "a change is in force within a second", 1);
        var status = await pod.Admin.StatusAsync();
        Assert.True(status.GetProperty("draining").GetBoolean());
        Assert.True(status.GetProperty("drained").GetBoolean());
        Assert.Equal(5, status.GetProperty("drainToken").GetInt64());

        await WriteAsync("{}"u8.ToArray());
        await Eventually.True(async () => (await FaultsAsync(pod)).Length > 0, "the faults are shown");
        await WriteAsync(Pool(2));
        await Eventually.True(async () => (await FaultsAsync(pod)).Contains("found 2; allowed: at least 5", StringComparison.Ordinal), "an older one is refused");
        _server.Cluster.Delete(BuiltInKinds.Secret, Space, "corp-config");
        await Eventually.True(async () => await FaultsAsync(pod) == "the Secret holds no pool.json", "its absence is shown");
        await _server.DownAsync();
        Assert.Equal(5, await pod.Admin.SequenceAsync());
        await SendAsync(pod);
        Assert.Equal(2, _hub.Messages.Count);
    }

    [Fact]
    public async Task Told_to_end_it_accepts_for_drainSeconds_whatever_the_hubs_do_and_then_ends()
    {
        var pod = await StartAsync(Pool(3));
        await _hub.DisposeAsync();
        _server.Cluster.Delete(BuiltInKinds.Pod, Space, pod.Name);
        await Eventually.True(async () => (await pod.Admin.StatusAsync()).GetProperty("leaving").GetBoolean(), "it has heard");
        var told = TimeProvider.System.GetTimestamp();

        Assert.True(await pod.Admin.IsReadyAsync());
        using var wire = await SmtpWire.ConnectAsync(new System.Net.IPEndPoint(pod.Address, 2525));
        Assert.StartsWith("220", await wire.ReplyAsync(), StringComparison.Ordinal);
        Assert.StartsWith("421 4.3.2", await wire.ReplyAsync(), StringComparison.Ordinal);
        await Eventually.True(() => pod.ExitCode is not null, "it has ended", 20);
        Assert.Equal(0, pod.ExitCode);
        Assert.InRange(TimeProvider.System.GetElapsedTime(told).TotalSeconds, 1.5, 15);
    }

    [Fact]
    public async Task Without_a_file_and_without_the_environment_of_a_pod_it_says_what_is_missing()
    {
        await using var relay = ChildProcess.Start("dotnet", Repository.Relay, "run");
        Assert.Equal(2, await relay.ExitAsync());
        await Eventually.True(() => relay.Output.Any(line => line.Contains("RELAY_POOL_SECRET is not set", StringComparison.Ordinal)), "it says so");
    }

    private RenderedPool Pool(int sequence) => new()
    {
        Sequence = sequence,
        Config = TestRelay.Pool([TestRelay.Hub("ht1", _hub.Port)]) with
        {
            Listeners = [new ListenerConfig("smtp", 2525, ListenerProtocol.SMTP)],
            DrainSeconds = 2,
            Delivery = new DeliveryConfig(DeliveryMode.CutThrough, [60], 172800, 14400, sequence, NotificationMode.Sender),
        },
    };

    // The Secret comes after the pod, which waits for it.
    private async Task<RelayPod> StartAsync(RenderedPool pool)
    {
        await _server.InstallAsync(
            """
            apiVersion: v1
            kind: Pod
            metadata: { name: corp-0 }
            spec:
              serviceAccountName: corp
              containers:
              - name: relay
                image: example/relay:1.0.0
                args: [run]
                env:
                - { name: POD_NAME, valueFrom: { fieldRef: { fieldPath: metadata.name } } }
                - { name: POD_NAMESPACE, valueFrom: { fieldRef: { fieldPath: metadata.namespace } } }
                - { name: POD_UID, valueFrom: { fieldRef: { fieldPath: metadata.uid } } }
                - { name: RELAY_POOL_SECRET, value: corp-config }
                - { name: RELAY_CONFIG_DIR, value: /etc/relay }
                ports: [{ name: admin, containerPort: 9025 }]
                readinessProbe: { httpGet: { path: /readyz, port: admin } }
                volumeMounts: [{ name: config, mountPath: /etc/relay }]
              volumes: [{ name: config, secret: { secretName: corp-config } }]
            """,
            Space);
        await WriteAsync(pool);
        await Eventually.True(() => Stored.At("status", "conditions").Items().Any(IsReady), "the pod is ready", 30);
        return _pods.Find(Stored!.Uid())!;
    }

    private static bool IsReady(JsonObject condition) => condition["type"].Text() == "Ready" && condition["status"].Text() == "True";

    private JsonObject? Stored => _server.Cluster.Get(BuiltInKinds.Pod, Space, "corp-0");

    private Task WriteAsync(RenderedPool pool) => WriteAsync(PoolConfigJson.Print(pool));

    private Task WriteAsync(byte[] content) => _server.InstallAsync(
        new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "Secret",
            ["metadata"] = new JsonObject { ["name"] = "corp-config" },
            ["data"] = new JsonObject { [RenderedPool.Key] = Convert.ToBase64String(content) },
        },
        Space);

    // The first of them; empty for none.
    private static async Task<string> FaultsAsync(RelayPod pod)
    {
        var faults = (await pod.Admin.StatusAsync()).GetProperty("configFaults");
        return faults.GetArrayLength() == 0 ? "" : faults[0].GetString()!;
    }

    private static async Task SendAsync(RelayPod pod)
    {
        using var wire = await SmtpWire.ConnectAsync(new System.Net.IPEndPoint(pod.Address, 2525));
        await wire.ReplyAsync();
        await wire.AskAsync("EHLO client.test");
        Assert.StartsWith("250", await wire.SendMessageAsync(), StringComparison.Ordinal);
    }
}
