using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Prometheus;
using RelayOperator.Operator.Cluster;
using RelayOperator.Operator.Gather;
using RelayOperator.Operator.Rollouts;
using RelayOperator.Operator.Tests.Derive;
using Xunit;

namespace RelayOperator.Operator.Tests.Rollouts;

/// <summary>Who is let through, told and counted, with what stands on the workloads carried from one look to the next.</summary>
public sealed class RolloutGateTests
{
    private static readonly OperatorSettings Newer = Reading.Settings with { RelayImage = "example/relay:2.0.0" };

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2030, 1, 1, 12, 0, 0, TimeSpan.Zero));
    private readonly CollectorRegistry _registry = Metrics.NewCustomRegistry();
    private readonly Dictionary<string, GatheredPool> _pools = new(StringComparer.Ordinal);
    private readonly List<string> _told = [];
    private RolloutGate _rollouts;

    public RolloutGateTests() => _rollouts = Led(Reading.Settings);

    [Fact]
    public async Task Nobody_rolls_before_every_pool_was_looked_at_and_then_three_at_a_time()
    {
        Serve("a", "b", "c", "d", "e");
        _rollouts = Led(Newer);
        Assert.All(_pools.Keys.ToArray(), name => Assert.True(Look(name).IsHeld));
        Assert.Equal(["a", "b", "c"], _told);

        Assert.All(new[] { "a", "b", "c" }, name => Assert.False(Look(name).IsHeld));
        Assert.True(Look("d").IsHeld);
        Assert.Contains("relay_operator_rollouts{state=\"waiting\"} 2", await MetricsAsync(), StringComparison.Ordinal);
        Assert.Contains("relay_operator_rollouts{state=\"rolling\"} 3", await MetricsAsync(), StringComparison.Ordinal);

        _told.Clear();
        Become("b", isReady: true);
        Assert.Null(Look("b").Mark!.Since);
        Assert.Equal(["d"], _told);
    }

    [Fact]
    public void A_pool_that_could_not_be_read_holds_up_no_other()
    {
        Serve("a", "b");
        _rollouts = Led(Newer);
        Look("a");
        Assert.Empty(_told);
        _rollouts.Looked(new ObjectKey("mail", "b"), isThere: false);
        Assert.Equal(["a"], _told);
    }

    [Fact]
    public void What_was_changed_in_the_pool_never_waits_not_even_while_an_upgrade_does()
    {
        Serve("a", "b", "c", "d");
        _rollouts = Led(Newer);
        Assert.All(_pools.Keys.ToArray(), name => Assert.True(Look(name).IsHeld));
        Assert.True(Look("d").IsHeld);

        _pools["d"] = Changed(_pools["d"], "example.org/note", "1");
        var turn = Look("d");
        Assert.False(turn.IsHeld);
        Assert.Equal((null, null), (turn.Mark!.Waiting, turn.Mark.Since));
    }

    [Fact]
    public void What_was_changed_in_the_pool_while_no_operator_ran_does_not_wait_either()
    {
        Serve("a");
        _rollouts = Led(Reading.Settings);
        _pools["a"] = Changed(_pools["a"], "example.org/note", "1");
        Assert.False(Look("a").IsHeld);
    }

    [Fact]
    public void A_workload_of_an_operator_that_left_no_mark_waits()
    {
        Serve("a", "b", "c", "d");
        foreach (var name in _pools.Keys.ToArray())
        {
            _pools[name] = _pools[name] with { Deployment = _pools[name].Deployment! with { Rollout = null } };
        }

        _rollouts = Led(Reading.Settings);
        Assert.All(_pools.Keys.ToArray(), name => Assert.True(Look(name).IsHeld));
        Assert.Equal(["a", "b", "c"], _told);
    }

    [Fact]
    public async Task Three_failures_halt_the_wave_until_one_is_ready_again()
    {
        Serve("a", "b", "c", "d", "e");
        _rollouts = Led(Newer);
        RollOut();
        Assert.Equal(TimeSpan.FromMinutes(10), _rollouts.LookAgain(new ObjectKey("mail", "a")));
        _time.Advance(TimeSpan.FromMinutes(10));
        _told.Clear();
        Assert.True(Look("a").HasFailed);
        Assert.Equal(["b", "c", "d", "e"], _told.Order(StringComparer.Ordinal));
        Assert.Equal(["mail/a", "mail/b", "mail/c"], Look("d").HaltedBy);
        Assert.True(Look("d").IsHeld);
        Assert.Contains("relay_operator_rollouts_halted 1", await MetricsAsync(), StringComparison.Ordinal);
        Assert.Contains("relay_operator_rollouts{state=\"failed\"} 3", await MetricsAsync(), StringComparison.Ordinal);

        Become("b", isReady: true);
        Look("b");
        Assert.False(Look("d").IsHeld);
        Assert.Contains("relay_operator_rollouts_halted 0", await MetricsAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_next_process_finds_what_rolls_and_forgets_what_failed()
    {
        Serve("a", "b", "c", "d", "e", "f", "g");
        _rollouts = Led(Newer);
        RollOut();
        _time.Advance(TimeSpan.FromMinutes(5));
        _rollouts = Led(Newer);
        LookAtAll();
        Assert.True(Look("d").IsHeld);

        _time.Advance(TimeSpan.FromMinutes(5));
        LookAtAll();
        Assert.NotEmpty(Look("d").HaltedBy);
        _rollouts = Led(Newer);
        LookAtAll();
        Assert.All(new[] { "d", "e", "f" }, name => Assert.False(Look(name).IsHeld));
        Assert.True(Look("g").IsHeld);
    }

    [Fact]
    public void The_version_before_comes_back_as_an_upgrade_does()
    {
        Serve("a", "b", "c", "d");
        _rollouts = Led(Newer);
        RollOut();
        _rollouts = Led(Reading.Settings);
        // Those that had waited have what they want; those that are busy get it in the turn that they have.
        Assert.False(Look("d").IsHeld);
        LookAtAll();
        Assert.All(new[] { "a", "b", "c" }, name => Assert.False(Look(name).IsHeld));
    }

    private RolloutGate Led(OperatorSettings settings)
    {
        var rollouts = new RolloutGate(
            settings, 3, TimeSpan.FromMinutes(10), new RolloutMetrics(Metrics.WithCustomRegistry(_registry)), _time, NullLogger.Instance);
        _told.Clear();
        rollouts.Decided += key => _told.Add(key.Name);
        rollouts.Begin(_pools.Keys.Select(name => new ObjectKey("mail", name)));
        return rollouts;
    }

    // Pools that the operator before served, ready.
    private void Serve(params string[] names)
    {
        foreach (var name in names)
        {
            var pool = Reading.Pool();
            _pools[name] = pool with { Pool = pool.Pool with { Metadata = pool.Pool.Metadata with { Name = name } } };
            Look(name);
            Become(name, isReady: true);
        }
    }

    // Each is held, those whose turn it is get their new pods, and these are seen.
    private void RollOut()
    {
        LookAtAll();
        LookAtAll();
        LookAtAll();
    }

    private void LookAtAll() => Assert.All(_pools.Keys.ToArray(), name => Look(name));

    // One reconciliation: what is decided is applied, and new pods are not ready.
    private RolloutTurn Look(string name)
    {
        var before = _pools[name];
        var turn = _rollouts.Admit(before).Rollout;
        var isNew = turn.Mark!.InForce is { } now && now.Hash != before.Deployment?.Rollout?.InForce?.Hash;
        var workload = before.Deployment ?? new GatheredWorkload { Replicas = 2, IsObserved = true };
        _pools[name] = before with
        {
            Deployment = workload with { Rollout = turn.Mark, UpdatedReplicas = isNew ? 0 : workload.UpdatedReplicas, ReadyReplicas = isNew ? 1 : workload.ReadyReplicas },
        };
        _rollouts.Looked(new ObjectKey("mail", name), isThere: true);
        return turn;
    }

    private void Become(string name, bool isReady) => _pools[name] = _pools[name] with
    {
        Deployment = _pools[name].Deployment! with { UpdatedReplicas = 2, ReadyReplicas = isReady ? 2 : 0 },
    };

    private static GatheredPool Changed(GatheredPool pool, string key, string value) => pool with
    {
        Pool = pool.Pool with { Spec = pool.Pool.Spec with { Template = pool.Pool.Spec.Template with { Annotations = Reading.Map((key, value)) } } },
    };

    private async Task<string> MetricsAsync()
    {
        using var text = new MemoryStream();
        await _registry.CollectAndExportAsTextAsync(text, TestContext.Current.CancellationToken);
        return System.Text.Encoding.UTF8.GetString(text.ToArray());
    }
}
