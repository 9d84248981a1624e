using System.Collections.Immutable;
using System.Net;
using System.Text.Json.Nodes;
using k8s.Autorest;
using RelayOperator.Operator.Cluster;
using RelayOperator.Operator.Tests.Reconciling;
using RelayOperator.TestKit;
using Xunit;

namespace RelayOperator.Operator.Tests.Rollouts;

/// <summary>An operator serves pools, and the next version of it brings another relay.</summary>
public sealed class UpgradeTests : RunningOperator
{
    private const string Newer = "example/relay:2.0.0";

    private readonly HashSet<string> _neverReady = new(StringComparer.Ordinal);
    private ImmutableHashSet<string> _newIsReady = ImmutableHashSet.Create<string>(StringComparer.Ordinal);
    private OperatorRun? _run;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        Kubelet.IsReady = pod => !_neverReady.Contains(pod.Metadata.Labels["app.kubernetes.io/instance"])
            && (pod.Spec.Containers[0].Image != Newer || _newIsReady.Contains(pod.Metadata.Labels["app.kubernetes.io/instance"]));
    }

    [Fact]
    public async Task Three_pools_at_a_time_get_new_pods_and_those_that_are_ready_come_first()
    {
        _neverReady.UnionWith(["p03", "p07"]);
        await ServeAsync(20);
        await using var history = await WorkloadHistory.BeginAsync(Admin, Space, Newer);
        await UpgradeAsync();

        await Eventually.True(() => history.Order.Count == 3, "three pools get new pods", seconds: 30);
        await SettledAsync();
        Assert.Equal(["p00", "p01", "p02"], history.Order.Order(StringComparer.Ordinal));
        Assert.Equal("True/RolloutHeld", await ConditionAsync("p10", "Progressing"));

        _newIsReady = _newIsReady.Union(Enumerable.Range(0, 20).Select(NameOf).Except(_neverReady));
        await UntilReadyAsync(() => Task.FromResult(history.Order.Count == 20), "all pools get new pods");
        // Two that were ready may have got theirs a moment later, in the turns that they had already.
        Assert.Superset(_neverReady, history.Order.TakeLast(4).ToHashSet(StringComparer.Ordinal));
        await UntilReadyAsync(async () => await ConditionAsync("p10", "Progressing") == "False/Settled", "the others are settled");
        Assert.Equal(3, history.MostAtATime);
    }

    [Fact]
    public async Task After_three_that_are_ready_no_more_nobody_else_gets_new_pods_until_one_is()
    {
        await ServeAsync(6);
        var run = await UpgradeAsync(options => options with { RolloutPatience = TimeSpan.FromSeconds(2) });

        await Eventually.True(async () => await ConditionAsync("p05", "Progressing") == "True/RolloutHalted", "the wave halts", seconds: 30);
        // Each of the first two failures made room for one more.
        Assert.ProperSuperset(new HashSet<string>(StringComparer.Ordinal) { "p00", "p01" }, (await NewAsync()).ToHashSet(StringComparer.Ordinal));
        await Eventually.True(async () => await ConditionAsync("p00", "Progressing") == "False/RolloutFailed", "the first says that it failed");
        Assert.Contains($"{Space}/p0", (string)(await FindConditionAsync("p05", "Progressing"))!["message"]!, StringComparison.Ordinal);
        Assert.True(run.HasLogged("No further pool gets the new pods"));
        await Eventually.True(() => IsWarnedAsync("p00", "RolloutFailed"), "its users are warned");
        await SettledAsync();
        Assert.DoesNotContain("p05", await NewAsync());

        _newIsReady = _newIsReady.Union(["p00", "p01", "p02", "p03", "p04"]);

        await UntilReadyAsync(async () => (await NewAsync()).Contains("p05"), "the next pool has its turn");
    }

    [Fact]
    public async Task A_held_pool_keeps_its_pods_while_all_else_is_applied_and_its_users_change_takes_all_at_once()
    {
        const string Rich = """
            ,"template":{"env":[{"name":"B","value":"2"},{"name":"A","valueFrom":{"fieldRef":{"fieldPath":"status.podIP"}}}],
              "resources":{"requests":{"cpu":"0.5","memory":"1.5Gi"},"limits":{"memory":"2Gi"}},
              "tolerations":[{"key":"mail","operator":"Exists","effect":"NoSchedule"}],
              "topologySpreadConstraints":[{"maxSkew":1,"topologyKey":"zone","whenUnsatisfiable":"DoNotSchedule"}],
              "imagePullSecrets":[{"name":"pull"}],"annotations":{"example.org/note":"0"}}
            """;
        await ServeAsync(3);
        await CreatePoolAsync("p10", $$""","replicas":1{{Rich}}""");
        await CreatePoolAsync("p11", $$""","replicas":1,"spool":{"storage":{"size":"1Gi"} }{{Rich}}""");
        await ServedAsync("p10");
        await Eventually.True(async () => await ConditionAsync("p11", "Ready") == "True/Serving", "p11 is served", seconds: 30);
        await SettledAsync();
        var before = (await FindAsync(ResourceKind.Deployment, "p10"))!;
        var set = (await FindAsync(ResourceKind.StatefulSet, "p11"))!;
        await UpgradeAsync();
        await Eventually.True(async () => await ConditionAsync("p10", "Progressing") == "True/RolloutHeld" && await ConditionAsync("p11", "Progressing") == "True/RolloutHeld", "they wait", seconds: 30);
        await SettledAsync();
        AssertSame(before, await FindAsync(ResourceKind.Deployment, "p10"));
        AssertSame(set, await FindAsync(ResourceKind.StatefulSet, "p11"));
        Assert.Equal((long)set["metadata"]!["generation"]!, (long)(await FindAsync(ResourceKind.StatefulSet, "p11"))!["metadata"]!["generation"]!);

        await ChangeAsync("p10", """{"spec":{"replicas":2}}""");
        await Eventually.True(async () => (int)(await FindAsync(ResourceKind.Deployment, "p10"))!["spec"]!["replicas"]! == 2, "it is scaled");
        await SettledAsync();
        before["spec"]!["replicas"] = 2;
        AssertSame(before, await FindAsync(ResourceKind.Deployment, "p10"));

        await ChangeAsync("p10", """{"spec":{"template":{"annotations":{"example.org/note":"1"}}}}""");
        await Eventually.True(async () => (await NewAsync()).Contains("p10"), "it gets new pods");
        Assert.Equal("1", (string?)(await FindAsync(ResourceKind.Deployment, "p10"))!["spec"]!["template"]!["metadata"]!["annotations"]!["example.org/note"]);
        await SettledAsync();
        Assert.Equal("True/RolloutHeld", await ConditionAsync("p11", "Progressing"));
    }

    [Fact]
    public async Task What_rolls_when_the_operator_restarts_is_found_again()
    {
        await ServeAsync(6);
        await UpgradeAsync();
        await Eventually.True(async () => (await NewAsync()).Count == 3, "three pools get new pods", seconds: 30);

        await UpgradeAsync();
        await SettledAsync();
        Assert.Equal(["p00", "p01", "p02"], await NewAsync());

        _newIsReady = _newIsReady.Add("p01");
        await UntilReadyAsync(async () => (await NewAsync()).Contains("p03"), "the next pool has its turn");
        await SettledAsync();
        Assert.Equal(["p00", "p01", "p02", "p03"], await NewAsync());
    }

    // Pools of one pod each.
    private async Task ServeAsync(int pools)
    {
        await InstallAsync();
        var names = Enumerable.Range(0, pools).Select(NameOf).ToArray();
        foreach (var name in names)
        {
            await CreatePoolAsync(name, ""","replicas":1""");
        }

        _run = Start();
        foreach (var name in names)
        {
            var ready = _neverReady.Contains(name) ? "False/NoPodReady" : "True/Serving";
            await Eventually.True(async () => await ConditionAsync(name, "Ready") == ready, $"{name} is served", seconds: 30);
        }
    }

    // The operator that runs makes room for one that brings another relay.
    private async Task<OperatorRun> UpgradeAsync(Func<OperatorOptions, OperatorOptions>? change = null)
    {
        await _run!.StopAsync();
        return _run = StartUpgraded(Newer, change);
    }

    private Task ChangeAsync(string pool, string patch) => Admin.MergeAsync(ResourceKind.RelayPool, Key(pool), Json(patch), Cancel);

    // The pools that have new pods.
    private async Task<ImmutableSortedSet<string>> NewAsync()
    {
        var list = await Admin.ListAsync(ResourceKind.Deployment, Space, "", false, Cancel);
        return list.Items.Where(item => (string?)JsonNode.Parse(item.GetRawText())!["spec"]!["template"]!["spec"]!["containers"]![0]!["image"] == Newer)
            .Select(item => ObjectMeta.Of(item).Name).ToImmutableSortedSet(StringComparer.Ordinal);
    }

    private async Task<bool> IsWarnedAsync(string pool, string reason) =>
        (await Admin.ListAsync(ResourceKind.Event, Space, "", false, Cancel)).Items.Select(item => JsonNode.Parse(item.GetRawText())!)
            .Any(told => (string?)told["reason"] == reason && (string?)told["regarding"]!["name"] == pool && (string?)told["type"] == "Warning");

    private static void AssertSame(JsonNode expected, JsonNode? actual) =>
        Assert.True(JsonNode.DeepEquals(expected["spec"], actual!["spec"]), $"{expected["spec"]}\nis not\n{actual["spec"]}");

    // Pods that run already become ready, too.
    private Task UntilReadyAsync(Func<Task<bool>> condition, string what) => Eventually.True(
        async () =>
        {
            foreach (var pod in Kubelet.Running.Where(name => _newIsReady.Contains(name.Split('-')[0])).ToArray())
            {
                try
                {
                    await Kubelet.SetReadyAsync(pod, true);
                }
                catch (HttpOperationException e) when (e.Response.StatusCode == HttpStatusCode.NotFound)
                {
                    // It has left meanwhile.
                }
            }

            return await condition();
        },
        what,
        seconds: 60);

    private static string NameOf(int number) => $"p{number:00}";
}
