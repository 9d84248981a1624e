using System.Collections.Immutable;
using RelayOperator.Operator.Derive;
using RelayOperator.Operator.Gather;
using Xunit;

namespace RelayOperator.Operator.Tests.Derive;

public sealed class WorkloadSizeTests
{
    [Fact]
    public void Without_spools_on_volumes_the_pods_are_as_many_as_wanted() =>
        Assert.Equal("wants 1, has 1", Told(Reading.Pool(spec => spec with { Replicas = 1 }) with { Pods = [Reading.Pod("corp-x"), Reading.Pod("corp-y")] }));

    [Fact]
    public void A_new_pool_starts_with_what_it_wants() =>
        Assert.Equal("wants 2, has 2", Told(Reading.PoolWithClaims()));

    [Fact]
    public void A_pod_beyond_the_wanted_ones_leaves_and_stays_until_it_is_drained()
    {
        var pool = Scaled(1, claims: 3);
        Assert.Equal("wants 1, has 3, leaving corp-1 corp-2", Told(pool));
        Assert.Equal("wants 1, has 3, leaving corp-1 corp-2, mark spool-corp-2", Told(Drained(pool, "corp-2")));
        Assert.Equal("wants 1, has 3, leaving corp-1 corp-2, mark spool-corp-1 spool-corp-2", Told(Drained(pool, "corp-1", "corp-2")));
    }

    [Fact]
    public void Only_the_drained_tail_without_a_gap_goes() =>
        Assert.Equal("wants 1, has 3, leaving corp-1 corp-2", Told(Drained(Scaled(1, claims: 3), "corp-1")));

    [Fact]
    public void A_marked_claim_lets_its_pod_go()
    {
        var pool = Drained(Scaled(1, claims: 3), "corp-2") with { Claims = [Reading.Claim(0), Reading.Claim(1), Reading.Claim(2, "7")] };
        Assert.Equal("wants 1, has 2, leaving corp-1, sealed corp-1 corp-2", Told(pool));
    }

    [Fact]
    public void A_pod_that_is_gone_comes_back_to_a_claim_that_may_hold_mail() =>
        Assert.Equal("wants 1, has 3, leaving corp-1 corp-2", Told(Scaled(1, claims: 3) with { Pods = [Reading.Pod("corp-0")] }));

    [Fact]
    public void A_pod_whose_claim_was_not_seen_stays_too() =>
        Assert.Equal("wants 1, has 3, leaving corp-1 corp-2", Told(Scaled(1, claims: 3) with { Claims = [] }));

    [Fact]
    public void Scaled_up_again_a_mark_goes_before_its_pod_comes()
    {
        var pool = Marked(Scaled(3, claims: 1), 1, 2);
        Assert.Equal("wants 3, has 1, sealed corp-1 corp-2, unmark spool-corp-1 spool-corp-2", Told(pool));
        Assert.Equal("wants 3, has 3", Told(pool with { Claims = [Reading.Claim(0), Reading.Claim(1), Reading.Claim(2)] }));
    }

    [Fact]
    public void Scaled_up_again_a_pod_that_still_runs_on_a_marked_claim_is_not_taken_away()
    {
        var pool = Marked(Scaled(3, claims: 3), 2);
        Assert.Equal("wants 3, has 3, sealed corp-2, unmark spool-corp-2", Told(pool));
    }

    [Fact]
    public void A_spool_stays_sealed_as_long_as_its_claim_is_marked()
    {
        var pool = Marked(Scaled(1, claims: 1), 1);
        Assert.Equal("wants 1, has 1, sealed corp-1, delete spool-corp-1", Told(pool));
        Assert.Equal("wants 1, has 1", Told(pool with { Claims = [Reading.Claim(0)] }));
    }

    [Fact]
    public void A_mark_holds_only_together_with_the_write_that_told_the_pod_to_leave()
    {
        var pool = Marked(Scaled(1, claims: 1), 1);
        Assert.Equal("wants 1, has 2, leaving corp-1, unmark spool-corp-1", Told(pool with { Written = null }));
        var later = pool.Written! with { Draining = ImmutableSortedDictionary<string, long>.Empty.Add("corp-1", 9) };
        Assert.Equal("wants 1, has 2, leaving corp-1, unmark spool-corp-1", Told(pool with { Written = later }));
    }

    [Fact]
    public void A_claim_goes_only_when_its_pod_is_gone_and_the_StatefulSet_makes_no_other()
    {
        var pool = Marked(Scaled(1, claims: 1), 1);
        var alone = "wants 1, has 1, sealed corp-1";
        Assert.Equal($"{alone}, delete spool-corp-1", Told(pool));
        Assert.Equal(alone, Told(pool with { Pods = [.. pool.Pods, Reading.Pod("corp-1") with { Terminating = true }] }));
        Assert.Equal(alone, Told(pool with { StatefulSet = new GatheredWorkload { Replicas = 2 } }));
        Assert.Equal(alone, Told(pool with { StatefulSet = null }));
        Assert.Equal(alone, Told(pool with { Claims = [Reading.Claim(0), Reading.Claim(1, "7") with { IsBeingDeleted = true }] }));
    }

    [Fact]
    public void A_new_pod_waits_until_a_claim_on_its_way_out_is_gone()
    {
        var pool = Scaled(3, claims: 1) with { Claims = [Reading.Claim(0), Reading.Claim(1) with { IsBeingDeleted = true }] };
        Assert.Equal("wants 3, has 1", Told(pool));
        Assert.Equal("wants 3, has 3", Told(pool with { Claims = [Reading.Claim(0)] }));
    }

    [Fact]
    public void A_deleted_pool_empties_all_its_spools()
    {
        var pool = Scaled(2, claims: 2) with { IsBeingDeleted = true };
        Assert.Equal("wants 0, has 2, leaving corp-0 corp-1", Told(pool));
        var empty = Marked(pool, 0, 1) with { Pods = [], StatefulSet = new GatheredWorkload { Replicas = 0 } };
        Assert.Equal("wants 0, has 0, sealed corp-0 corp-1, delete spool-corp-0 spool-corp-1", Told(empty));
    }

    [Fact]
    public void An_answer_counts_only_from_this_pod_of_this_pool_to_the_configuration_that_let_it_go()
    {
        var pool = Drained(Scaled(1, claims: 2), "corp-1");
        Assert.True(WorkloadSize.IsDrained(pool, "corp-1"));
        Assert.False(WorkloadSize.IsDrained(With(pool, answer => answer with { PodUid = "an earlier pod" }), "corp-1"));
        Assert.False(WorkloadSize.IsDrained(With(pool, answer => answer with { PoolUid = "an earlier pool" }), "corp-1"));
        Assert.False(WorkloadSize.IsDrained(With(pool, answer => answer with { DrainToken = 6 }), "corp-1"));
        Assert.False(WorkloadSize.IsDrained(With(pool, answer => answer with { DrainToken = null }), "corp-1"));
        Assert.False(WorkloadSize.IsDrained(pool with { Written = null }, "corp-1"));
        Assert.False(WorkloadSize.IsDrained(pool, "corp-0"));

        static GatheredPool With(GatheredPool pool, Func<PodAnswer, PodAnswer> change) =>
            pool with { Pods = [.. pool.Pods.Select(pod => pod.Answer is null ? pod : pod with { Answer = change(pod.Answer) })] };
    }

    private static GatheredPool Scaled(int wanted, int claims) => Reading.PoolWithClaims(spec => spec with { Replicas = wanted }) with
    {
        StatefulSet = new GatheredWorkload { Replicas = claims },
        Pods = [.. Enumerable.Range(0, claims).Select(ordinal => Reading.Pod($"corp-{ordinal}"))],
        Claims = [.. Enumerable.Range(0, claims).Select(ordinal => Reading.Claim(ordinal))],
    };

    // Marks the claims of these ordinals, with the write that told their pods to leave; there may be no pod any more.
    private static GatheredPool Marked(GatheredPool pool, params int[] ordinals) => Drained(pool, [.. ordinals.Select(ordinal => $"corp-{ordinal}")]) with
    {
        Claims = [.. Enumerable.Range(0, Math.Max(pool.Claims.Length, ordinals.Max() + 1)).Select(ordinal => Reading.Claim(ordinal, ordinals.Contains(ordinal) ? "7" : ""))],
    };

    private static GatheredPool Drained(GatheredPool pool, params string[] names) => pool with
    {
        Written = new WrittenConfig(
            ImmutableSortedDictionary<string, byte[]>.Empty, "", 8,
            ImmutableSortedDictionary.CreateRange(names.Select(name => KeyValuePair.Create(name, 7L)))),
        Pods = [.. pool.Pods.Select(pod => names.Contains(pod.Name) ? pod with { Answer = Reading.Answer(pool, pod.Name, sequence: 7) with { DrainToken = 7 } } : pod)],
    };

    private static string Told(GatheredPool pool)
    {
        var size = WorkloadSize.Of(pool);
        return $"wants {size.Wanted}, has {size.Replicas}"
            + (size.Leaving.Length > 0 ? $", leaving {string.Join(' ', size.Leaving)}" : "")
            + (size.Draining.SequenceEqual(size.Leaving) ? "" : $", sealed {string.Join(' ', size.Draining)}")
            + Names("mark", size.ClaimsToMark)
            + Names("unmark", size.ClaimsToUnmark)
            + Names("delete", size.ClaimsToDelete);
    }

    private static string Names(string what, ImmutableArray<GatheredClaim> claims) =>
        claims.Length > 0 ? $", {what} {string.Join(' ', claims.Select(claim => claim.Name))}" : "";
}
