using System.Collections.Immutable;
using RelayOperator.Api;
using RelayOperator.Operator.Derive;
using RelayOperator.Operator.Gather;
using RelayOperator.Operator.Status;
using RelayOperator.Operator.Tests.Derive;
using Xunit;

namespace RelayOperator.Operator.Tests.Status;

/// <summary>Pools that serve, to be spoilt one fact at a time, and their conditions in short.</summary>
internal static class Facts
{
    public static DateTimeOffset Now { get; } = new(2030, 1, 1, 12, 0, 0, TimeSpan.Zero);

    /// <summary>Two pods on two nodes that answer, two healthy hubs, an address.</summary>
    public static GatheredPool Serving(Func<RelayPoolSpec, RelayPoolSpec>? change = null) => Served(Reading.Pool(change));

    public static GatheredPool ServingWithClaims(Func<RelayPoolSpec, RelayPoolSpec>? change = null) => Served(Reading.PoolWithClaims(change));

    /// <summary>The condition of a type as "Status Reason: message"; null where it is left out.</summary>
    public static string? Told(string type, GatheredPool pool, ApplyOutcome? applied = null)
    {
        var condition = Status(pool, applied).Conditions.SingleOrDefault(condition => condition.Type == type);
        return condition is null ? null : $"{condition.Status} {condition.Reason}: {condition.Message}";
    }

    public static RelayPoolStatus Status(GatheredPool pool, ApplyOutcome? applied = null) =>
        PoolStatusOf.Pool(new PoolFacts(pool, PoolResources.For(pool, Reading.Settings), applied ?? ApplyOutcome.Complete), Now);

    public static void Begins(string expected, string? told) => Assert.StartsWith(expected, told ?? "(left out)", StringComparison.Ordinal);

    public static GatheredPool Answering(GatheredPool pool, Func<PodAnswer, PodAnswer> change) =>
        pool with { Pods = [.. pool.Pods.Select(pod => pod with { Answer = pod.Answer is null ? null : change(pod.Answer) })] };

    private static GatheredPool Served(GatheredPool pool)
    {
        pool = pool with { Hubs = [Reading.Hub("ht01"), Reading.Hub("ht02")], VipAddresses = ["10.0.0.25"] };
        var workload = new GatheredWorkload { Replicas = 2, UpdatedReplicas = 2, ReadyReplicas = 2, IsObserved = true };
        pool = pool.HasClaims
            ? pool with { StatefulSet = workload, Claims = [Reading.Claim(0), Reading.Claim(1)] }
            : pool with { Deployment = workload };
        var written = PoolResources.For(pool, Reading.Settings);
        ImmutableArray<HubAnswer> hubs = [new("ht01", true, false, 0, ""), new("ht02", true, false, 0, "")];
        return pool with
        {
            Written = Reading.Written(written),
            Pods =
            [
                .. new[] { "corp-0", "corp-1" }.Select(name =>
                    Reading.Pod(name, Reading.Answer(pool, name, written.Config.Hash) with { Hubs = hubs })),
            ],
        };
    }
}
