using System.Collections.Immutable;
using RelayOperator.Api;
using RelayOperator.Api.Config;
using RelayOperator.Operator.Gather;

namespace RelayOperator.Operator.Status;

/// <summary>The status of a hub: what each pool sees of it, and what that comes to.</summary>
public static class HubStatusOf
{
    private const string Registered = "Registered";
    private const string Healthy = "Healthy";
    private const string Drained = "Drained";
    private const int MostPools = 256;
    private const int LongestError = 1024;

    public static HubTransportStatus Hub(GatheredHub hub, DateTimeOffset now)
    {
        var name = hub.Hub.Metadata.Name;
        var pools = hub.Pools.OrderBy(pool => pool.Pool, StringComparer.Ordinal).Take(MostPools)
            .Select(pool => (Pool: pool, View: HubView.Of(name, pool.Pods), Verdicts: InPool(hub, pool, HubView.Of(name, pool.Pods)))).ToArray();
        return new HubTransportStatus
        {
            ObservedGeneration = hub.Generation,
            Conditions = Conditions(Together(pools.Select(pool => (pool.Pool.Pool, pool.Verdicts))), hub, hub.Status?.Conditions ?? [], now),
            Pools =
            [
                .. pools.Select(pool => new HubPoolStatus
                {
                    Pool = pool.Pool.Pool,
                    Pods = pool.View.Asked,
                    RegisteredPods = pool.View.Registered,
                    HealthyPods = pool.View.Healthy,
                    LastError = pool.View.Error.Length <= LongestError ? pool.View.Error : pool.View.Error[..LongestError],
                    Conditions = Conditions(pool.Verdicts, hub, Before(hub, pool.Pool.Pool), now),
                }),
            ],
        };
    }

    private static Dictionary<string, Verdict> InPool(GatheredHub hub, HubInPool pool, HubView view)
    {
        var answered = pool.Pods.Count(pod => pod.Answer is not null);
        var verdicts = new Dictionary<string, Verdict>(StringComparer.Ordinal)
        {
            [Registered] = pool.LeftOut.Length > 0 ? Verdict.False("LeftOut", pool.LeftOut)
                : answered == 0 ? Verdict.Unknown("NoPodAnswers", "no pod has answered")
                : view.Registered == view.Asked ? Verdict.True("Registered", $"known to {Count.Of(view.Asked, "pod")}")
                : Verdict.False("Waiting", $"known to {view.Registered} of {Count.Of(view.Asked, "pod")}"),
            [Healthy] = hub.Hub.Spec.State == HubAdministrativeState.Disabled ? Verdict.Unknown("Disabled", "a disabled hub is not probed")
                : view.Registered == 0 ? Verdict.Unknown("NotSeen", "no pod has said how it finds the hub")
                : view.Healthy > 0 ? Verdict.True(view.Healthy == view.Registered ? "Healthy" : "PartlyHealthy", Seen(view))
                : Verdict.False("Unhealthy", Seen(view)),
        };
        if (hub.Hub.Spec.State == HubAdministrativeState.Draining)
        {
            // A pod that says nothing may have something in flight.
            verdicts[Drained] = answered < view.Asked
                ? Verdict.Unknown("NoPodAnswers", $"{answered} of {Count.Of(view.Asked, "pod")} answered")
                : view.InFlight > 0 ? Verdict.False("InFlight", $"{Count.Of(view.InFlight, "transaction")} in flight")
                : pool.Pods.Any(pod => pod.Answer!.Hubs.Any(answer => answer.Name == hub.Hub.Metadata.Name && !answer.Draining))
                    ? Verdict.False("Waiting", "not every pod knows yet that the hub drains")
                    : Verdict.True("Empty", "nothing is in flight");
        }

        return verdicts;
    }

    private static string Seen(HubView view) =>
        $"healthy for {view.Healthy} of {Count.Of(view.Asked, "pod")}{(view.Error.Length > 0 ? $"; last error: {view.Error}" : "")}";

    // The worst of the pools is the hub's; without a pool nobody uses it, which is said, and it may be rebooted.
    private static Dictionary<string, Verdict> Together(IEnumerable<(string Pool, Dictionary<string, Verdict> Verdicts)> pools)
    {
        var together = new Dictionary<string, Verdict>(StringComparer.Ordinal);
        foreach (var (pool, verdicts) in pools)
        {
            foreach (var (type, verdict) in verdicts)
            {
                if (!together.TryGetValue(type, out var worst) || Badness(verdict) > Badness(worst))
                {
                    together[type] = verdict with { Message = $"pool {pool}: {verdict.Message}" };
                }
            }
        }

        return together;
    }

    private static int Badness(Verdict verdict) => verdict.Status switch
    {
        ConditionStatus.False => 2,
        ConditionStatus.Unknown => 1,
        _ => 0,
    };

    private static ImmutableArray<Condition> Conditions(
        Dictionary<string, Verdict> verdicts, GatheredHub hub, ImmutableArray<Condition> before, DateTimeOffset now)
    {
        if (verdicts.Count == 0)
        {
            verdicts = new Dictionary<string, Verdict>(StringComparer.Ordinal) { [Registered] = Verdict.False("NoPool", "no pool selects this hub") };
            if (hub.Hub.Spec.State == HubAdministrativeState.Draining)
            {
                verdicts[Drained] = Verdict.True("Empty", "no pool uses this hub");
            }
        }

        string[] order = [Registered, Healthy, Drained];
        return [.. order.Where(verdicts.ContainsKey).Select(type => ConditionList.Of(type, verdicts[type], hub.Generation, before, now))];
    }

    private static ImmutableArray<Condition> Before(GatheredHub hub, string pool) =>
        hub.Status?.Pools.FirstOrDefault(status => status.Pool == pool)?.Conditions ?? [];
}
