using Prometheus;

namespace RelayOperator.Operator.Rollouts;

/// <summary>How far the wave of an upgrade is.</summary>
public sealed class RolloutMetrics
{
    private readonly Gauge.Child _waiting;
    private readonly Gauge.Child _rolling;
    private readonly Gauge.Child _failed;
    private readonly Gauge _halted;

    public RolloutMetrics(MetricFactory factory)
    {
        var pools = factory.CreateGauge("relay_operator_rollouts", "Pools whose pods an upgrade of the operator replaces, by how far they are.", "state");
        _waiting = pools.WithLabels("waiting");
        _rolling = pools.WithLabels("rolling");
        _failed = pools.WithLabels("failed");
        _halted = factory.CreateGauge("relay_operator_rollouts_halted", "1 while no pool gets new pods, since too many failed.");
    }

    public void Set(IReadOnlyCollection<PoolRollout> pools, bool isHalted)
    {
        _waiting.Set(pools.Count(pool => pool.Stage == RolloutStage.Waiting));
        _rolling.Set(pools.Count(pool => pool.TakesTurn));
        _failed.Set(pools.Count(pool => pool.Stage == RolloutStage.Failed));
        _halted.Set(isHalted ? 1 : 0);
    }
}
