using Prometheus;

namespace RelayOperator.Operator.Reconciling;

/// <summary>The reconcilers' metrics, by the names that controller-runtime gave them, so that its dashboards work.</summary>
public sealed class ReconcileMetrics(MetricFactory factory)
{
    private readonly Counter _total = factory.CreateCounter(
        "controller_runtime_reconcile_total", "Reconciliations, by how they ended.", "controller", "result");

    private readonly Counter _errors = factory.CreateCounter("controller_runtime_reconcile_errors_total", "Reconciliations that failed.", "controller");

    private readonly Histogram _seconds = factory.CreateHistogram(
        "controller_runtime_reconcile_time_seconds", "How long reconciliations took.", ["controller"],
        new HistogramConfiguration { Buckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60] });

    private readonly Gauge _active = factory.CreateGauge("controller_runtime_active_workers", "Reconciliations under way.", "controller");

    private readonly Gauge _most = factory.CreateGauge(
        "controller_runtime_max_concurrent_reconciles", "Reconciliations that may be under way.", "controller");

    /// <summary>The metrics of one controller.</summary>
    public Child Of(string controller, int workers)
    {
        _most.WithLabels(controller).Set(workers);
        return new Child(
            _total.WithLabels(controller, "success"),
            _total.WithLabels(controller, "requeue_after"),
            _total.WithLabels(controller, "error"),
            _errors.WithLabels(controller),
            _seconds.WithLabels(controller),
            _active.WithLabels(controller));
    }

    /// <summary>One controller's series.</summary>
    public sealed class Child(
        Counter.Child success, Counter.Child again, Counter.Child error, Counter.Child errors, Histogram.Child seconds, Gauge.Child active)
    {
        public void Began() => active.Inc();

        public void Succeeded(TimeSpan took, bool comesAgain)
        {
            Ended(took);
            (comesAgain ? again : success).Inc();
        }

        public void Failed(TimeSpan took)
        {
            Ended(took);
            error.Inc();
            errors.Inc();
        }

        private void Ended(TimeSpan took)
        {
            active.Dec();
            seconds.Observe(took.TotalSeconds);
        }
    }
}
