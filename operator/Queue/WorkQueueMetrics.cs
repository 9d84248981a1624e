using Prometheus;

namespace RelayOperator.Operator.Queue;

/// <summary>The work queues' metrics, by the names that controller-runtime gave them, so that its dashboards work.</summary>
public sealed class WorkQueueMetrics
{
    private readonly Gauge _depth;
    private readonly Counter _adds;
    private readonly Histogram _waited;
    private readonly Histogram _worked;
    private readonly Counter _retries;

    public WorkQueueMetrics(MetricFactory factory)
    {
        var buckets = new HistogramConfiguration { Buckets = Histogram.ExponentialBuckets(0.0001, 4, 10) };
        _depth = factory.CreateGauge("workqueue_depth", "Keys that wait.", "name");
        _adds = factory.CreateCounter("workqueue_adds_total", "Keys that came to wait.", "name");
        _waited = factory.CreateHistogram("workqueue_queue_duration_seconds", "How long keys waited.", ["name"], buckets);
        _worked = factory.CreateHistogram("workqueue_work_duration_seconds", "How long the work on a key took.", ["name"], buckets);
        _retries = factory.CreateCounter("workqueue_retries_total", "Keys that failed and come back.", "name");
    }

    /// <summary>The metrics of one queue.</summary>
    public Child Of(string name) => new(
        _depth.WithLabels(name), _adds.WithLabels(name), _waited.WithLabels(name), _worked.WithLabels(name), _retries.WithLabels(name));

    /// <summary>One queue's series.</summary>
    public sealed class Child(Gauge.Child depth, Counter.Child adds, Histogram.Child waited, Histogram.Child worked, Counter.Child retries)
    {
        public void Added(int depthNow)
        {
            adds.Inc();
            depth.Set(depthNow);
        }

        public void Taken(int depthNow, TimeSpan after)
        {
            depth.Set(depthNow);
            waited.Observe(after.TotalSeconds);
        }

        public void Worked(TimeSpan took) => worked.Observe(took.TotalSeconds);

        public void Retried() => retries.Inc();
    }
}
