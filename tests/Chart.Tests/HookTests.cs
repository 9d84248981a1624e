using System.Globalization;
using RelayOperator.Api;
using RelayOperator.Chart.Tests.Rendered;
using RelayOperator.TestKit;
using Xunit;

namespace RelayOperator.Chart.Tests;

/// <summary>What helm test and helm uninstall run.</summary>
public sealed class HookTests
{
    [Theory]
    [InlineData("defaults")]
    [InlineData("everything in namespaces")]
    public async Task Every_hook_has_a_weight_and_goes_once_it_has_succeeded_or_before_it_is_made_anew(string values)
    {
        var hooks = (await Helm.RenderAsync(ValueSets.Of(values))).Objects.Where(item => item.Hook.Length > 0).ToArray();
        Assert.NotEmpty(hooks);
        foreach (var hook in hooks)
        {
            Assert.Contains(hook.Hook, new[] { "test", "pre-delete" });
            Assert.True(int.TryParse(hook.Annotations["helm.sh/hook-weight"], CultureInfo.InvariantCulture, out _), hook.ToString());
            Assert.Equal("before-hook-creation,hook-succeeded", hook.Annotations["helm.sh/hook-delete-policy"]);
        }
    }

    [Fact]
    public async Task The_test_makes_a_hub_and_a_pool_and_only_then_sends()
    {
        var hooks = (await Helm.RenderAsync(ValueSets.Defaults)).Hooks("test").OrderBy(Weight);
        Assert.Equal(
            ["1 Deployment", "1 Service", "2 HubTransport", "2 RelayPool", "3 Pod"],
            hooks.Select(hook => $"{Weight(hook)} {hook.Kind}").Order(StringComparer.Ordinal));
    }

    // helm waits until a Pod or Job that is a hook has ended.
    [Theory]
    [InlineData("defaults")]
    [InlineData("namespaces")]
    public async Task A_hook_that_helm_waits_for_ends_within_a_bound(string values)
    {
        foreach (var hook in (await Helm.RenderAsync(ValueSets.Of(values))).Objects.Where(item => item.Hook.Length > 0 && item.Kind is "Pod" or "Job"))
        {
            Assert.InRange(hook.Spec!["activeDeadlineSeconds"]!.GetValue<long>(), 60, 290);
            Assert.Contains(Manifest.Text(hook.Pod!["spec"]!["restartPolicy"]), new[] { "OnFailure", "Never" });
            Assert.Contains(Assert.Single(hook.Containers)["args"]![0]!.GetValue<string>(), new[] { "send", "uninstall-check" });
        }
    }

    [Theory]
    [InlineData("{}", Helm.Namespace)]
    [InlineData("namespaces: [mail, erp]", "mail")]
    [InlineData("namespaces: [mail, relay-system]", Helm.Namespace)]
    [InlineData("{ namespaces: [mail, erp], tests: { namespace: erp } }", "erp")]
    public async Task The_test_stands_where_pools_are_served(string values, string expected)
    {
        var hooks = (await Helm.RenderAsync(values)).Hooks("test").ToArray();
        Assert.All(hooks, hook => Assert.Equal(expected, hook.Namespace));
        Assert.Contains($".{expected}.svc:25", string.Join(' ', Manifest.Texts(hooks.Single(hook => hook.Kind == "Pod").Containers.Single()["args"])), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("defaults")]
    [InlineData("everything")]
    [InlineData("a long name that begins with a digit")]
    public async Task The_pool_and_the_hub_of_the_test_are_valid_and_belong_together(string values)
    {
        var rendering = await Helm.RenderAsync(ValueSets.Of(values));
        var result = PoolFile.Parse(SamplePool.Of(rendering), "helm test");
        Assert.Empty(result.Faults.Select(fault => fault.ToString()));
        Assert.Single(result.Config!.Hubs);
        Assert.Empty(rendering.Objects.SelectMany(Definitions.Faults));
        var pool = rendering.Of("RelayPool").Single();
        Assert.Matches("^[a-z]([-a-z0-9]{0,43}[a-z0-9])?$", pool.Name);
        Assert.Equal("ClusterIP", Manifest.Text(pool.Spec!["vip"]!["type"]));
        Assert.Contains(rendering.Of("Service"), service => Manifest.Text(rendering.Of("HubTransport").Single().Spec!["host"]) == $"{service.Name}.{service.Namespace}.svc");
    }

    [Fact]
    public async Task What_the_test_runs_works_as_it_stands()
    {
        var rendering = await Helm.RenderAsync(ValueSets.Defaults);
        using var folder = new TempFolder();
        var (sink, smtp, admin) = (FreePort.Next(), FreePort.Next(), FreePort.Next());
        var hub = rendering.Of("HubTransport").Single();
        var pool = rendering.Of("RelayPool").Single();
        (hub.Spec!["host"], hub.Spec["port"], pool.Spec!["listeners"]![0]!["port"]) = ("127.0.0.1", sink, smtp);
        await File.WriteAllTextAsync(folder.File("pool.yaml"), SamplePool.Of(rendering));

        // The order of the weights: the sender has to bear that nobody answers yet.
        var send = Arguments(rendering.Hooks("test").Single(item => item.Kind == "Pod"), "test-rel-relay-operator.relay-system.svc:25", $"127.0.0.1:{smtp}");
        await using var sending = ChildProcess.Start("dotnet", [Repository.Relay, .. send]);
        await using var serving = ChildProcess.Start("dotnet", [Repository.Relay, .. Arguments(rendering.Hooks("test").Single(item => item.Kind == "Deployment"), "0.0.0.0:2526", $"127.0.0.1:{sink}")]);
        await Eventually.True(() => serving.Output.Any(line => line.StartsWith("sink listening", StringComparison.Ordinal)), "the sink listens", 30);
        await using var relay = ChildProcess.Start("dotnet", Repository.Relay, "run", "--pool", folder.File("pool.yaml"), "--admin", $"127.0.0.1:{admin}");
        Assert.True(await sending.ExitAsync(90) == 0, string.Join('\n', sending.Output.Concat(relay.Output)));
        Assert.Contains(sending.Output, line => line.StartsWith("1 of 1 acknowledged", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("defaults", "ClusterRole", 1)]
    [InlineData("namespaces", "Role", 2)]
    public async Task The_check_before_an_uninstall_has_rights_of_its_own_and_they_come_first(string values, string kind, int count)
    {
        var hooks = (await Helm.RenderAsync(ValueSets.Of(values))).Hooks("pre-delete").ToArray();
        var job = hooks.Single(hook => hook.Kind == "Job");
        Assert.All(hooks.Where(hook => hook != job), hook => Assert.True(Weight(hook) < Weight(job), hook.ToString()));
        var roles = hooks.Where(hook => hook.Kind == kind).ToArray();
        Assert.Equal(count, roles.Length);
        foreach (var role in roles)
        {
            var rule = Assert.Single(role.Content["rules"]!.AsArray())!;
            Assert.Equal("relayoperator.io relaypools list", string.Join(' ', new[] { "apiGroups", "resources", "verbs" }.SelectMany(field => Manifest.Texts(rule[field]))));
            var binding = hooks.Single(hook => hook.Kind == $"{kind}Binding" && hook.Namespace == role.Namespace);
            Assert.Equal(role.Name, Manifest.Text(binding.Content["roleRef"]!["name"]));
            Assert.Equal(Manifest.Text(job.Pod!["spec"]!["serviceAccountName"]), Manifest.Text(binding.Content["subjects"]![0]!["name"]));
        }

        Assert.Contains(hooks, hook => hook.Kind == "ServiceAccount" && hook.Name == Manifest.Text(job.Pod!["spec"]!["serviceAccountName"]));
    }

    [Fact]
    public async Task Where_roles_are_somebody_elses_the_check_uses_the_operators_account()
    {
        var rendering = await Helm.RenderAsync("rbac: { create: false }");
        Assert.Equal(["Job"], rendering.Hooks("pre-delete").Select(hook => hook.Kind));
        Assert.Equal("rel-relay-operator", Manifest.Text(rendering.Of("Job").Single().Pod!["spec"]!["serviceAccountName"]));
    }

    [Fact]
    public async Task The_check_looks_where_the_operator_looks()
    {
        var job = (await Helm.RenderAsync(ValueSets.Namespaces)).Of("Job").Single();
        Assert.Equal(["uninstall-check", "--namespaces=mail,erp"], Manifest.Texts(job.Containers.Single()["args"]));
    }

    private static int Weight(Manifest hook) => int.Parse(hook.Annotations["helm.sh/hook-weight"], CultureInfo.InvariantCulture);

    private static IEnumerable<string> Arguments(Manifest item, string instead, string of)
    {
        var arguments = Manifest.Texts(item.Containers.Single()["args"]).ToArray();
        Assert.Contains(instead, arguments);
        return arguments.Select(argument => argument == instead ? of : argument);
    }
}
