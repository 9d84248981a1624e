using System.Collections.Immutable;
using RelayOperator.Api;
using RelayOperator.Api.Config;
using RelayOperator.Operator.Gather;

namespace RelayOperator.Operator.Status;

/// <summary>HubsAvailable: every route has a hub that at least one pod finds healthy and that may take new mail.</summary>
internal static class HubsAvailableCondition
{
    public static Verdict? Of(PoolFacts facts)
    {
        var pool = facts.Pool;
        var routes = pool.Pool.Spec.Routes.Select(route => (route.Name, route.Hubs)).Prepend((Name: RouteConfig.Default, pool.Pool.Spec.Hubs)).ToArray();
        var hubs = new PoolObjects(pool.Pool, pool.Hubs, []);
        // A pool that serves only its routes has no default hubs, which is as well; one without any hub is a mistake.
        if (pool.SelectedHubs().Length == 0)
        {
            return Verdict.False("NoHubs", "the pool's selectors match no HubTransport");
        }

        var empty = routes.Where(route => route.Hubs.Selector.MatchLabels.Count > 0 && hubs.Selected(route.Hubs).Length == 0).Select(route => route.Name).ToArray();
        if (empty.Length > 0)
        {
            return Verdict.False("RouteWithoutHubs", $"no HubTransport matches the selector of {Named(empty)}");
        }

        if (pool.Pods.All(pod => pod.Answer is null))
        {
            return Verdict.Unknown("NoPodAnswers", "no pod has told yet how it finds the hubs");
        }

        var down = routes.Where(route => route.Hubs.Selector.MatchLabels.Count > 0 && !hubs.Selected(route.Hubs).Any(hub => Takes(hub, pool.Pods)))
            .Select(route => route.Name).ToArray();
        return down.Length > 0
            ? Verdict.False("NoneHealthy", $"no hub takes mail of {Named(down)}{Errors(pool)}")
            : Verdict.True("Available", "every route has a hub that takes mail");
    }

    private static bool Takes(HubTransport hub, ImmutableArray<GatheredPod> pods) =>
        hub.Spec is { State: HubAdministrativeState.Active, Weight: > 0 } && HubView.Of(hub.Metadata.Name, pods).Healthy > 0;

    private static string Named(string[] routes) => routes.Length == 1 ? $"route {routes[0]}" : $"routes {string.Join(", ", routes)}";

    private static string Errors(GatheredPool pool)
    {
        var errors = pool.SelectedHubs().Select(hub => (hub.Metadata.Name, HubView.Of(hub.Metadata.Name, pool.Pods).Error))
            .Where(hub => hub.Error.Length > 0).Take(3).Select(hub => $"{hub.Name}: {hub.Error}").ToArray();
        return errors.Length == 0 ? "" : $"; {string.Join("; ", errors)}";
    }
}
