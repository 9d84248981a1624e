using Prometheus;

namespace RelayOperator.Operator.Removal;

/// <summary>What became of spools whose pool was deleted.</summary>
public sealed class RemovalMetrics
{
    private readonly Counter.Child _withNamespace;
    private readonly Counter.Child _byAnnotation;

    public RemovalMetrics(MetricFactory factory)
    {
        var abandoned = factory.CreateCounter(
            "relay_operator_spools_abandoned_total", "Pools that were deleted while mail may have been in their spools, by why.", "reason");
        _withNamespace = abandoned.WithLabels("namespace");
        _byAnnotation = abandoned.WithLabels("annotation");
    }

    /// <summary>A pool went with its namespace.</summary>
    public void WentWithNamespace() => _withNamespace.Inc();

    /// <summary>A pool was let go by its annotation, with claims left.</summary>
    public void WasAbandoned() => _byAnnotation.Inc();
}
