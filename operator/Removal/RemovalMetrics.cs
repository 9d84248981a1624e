using Prometheus;

namespace RelayOperator.Operator.Removal;

/// <summary>What became of spools whose pool was deleted.</summary>
public sealed class RemovalMetrics(MetricFactory factory)
{
    private readonly Counter _letGo = factory.CreateCounter(
        "relay_operator_spools_abandoned_total", "Pools that were deleted while mail may have been in their spools, by why.", "reason");

    /// <param name="reason">namespace or annotation.</param>
    public void LetGo(string reason) => _letGo.WithLabels(reason).Inc();
}
