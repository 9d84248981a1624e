namespace RelayOperator.Relay.Send;

/// <summary>What came of the messages so far. Thread-safe.</summary>
public sealed class SendStatistics
{
    /// <summary>Distinct errors kept; a server that puts an id into every reply must not fill the memory.</summary>
    public const int MaxDistinctErrors = 100;

    private readonly Lock _lock = new();
    private readonly List<double> _milliseconds = [];
    private readonly Dictionary<string, int> _errors = new(StringComparer.Ordinal);
    private int _failed;

    /// <summary>Records a message that was acknowledged, with the time it took.</summary>
    public void Acknowledged(TimeSpan latency)
    {
        lock (_lock)
        {
            _milliseconds.Add(latency.TotalMilliseconds);
        }
    }

    /// <summary>Records a message that was not.</summary>
    public void Failed(string error)
    {
        lock (_lock)
        {
            _failed++;
            var kept = _errors.ContainsKey(error) || _errors.Count < MaxDistinctErrors ? error : "(further errors)";
            _errors[kept] = _errors.GetValueOrDefault(kept) + 1;
        }
    }

    /// <summary>Acknowledged and failed messages so far.</summary>
    public (int Acknowledged, int Failed) Counts
    {
        get
        {
            lock (_lock)
            {
                return (_milliseconds.Count, _failed);
            }
        }
    }

    /// <summary>Everything, once all is over.</summary>
    public SendSummary Summarize(TimeSpan elapsed)
    {
        lock (_lock)
        {
            _milliseconds.Sort();
            return new SendSummary(
                _milliseconds.Count,
                _failed,
                elapsed,
                Percentile(_milliseconds, 0.50),
                Percentile(_milliseconds, 0.95),
                Percentile(_milliseconds, 0.99),
                Percentile(_milliseconds, 1),
                [.. _errors.OrderByDescending(error => error.Value).ThenBy(error => error.Key, StringComparer.Ordinal)]);
        }
    }

    /// <summary>The value that the given share of sorted values does not exceed (nearest rank); 0 of none.</summary>
    public static double Percentile(IReadOnlyList<double> sorted, double share) =>
        sorted.Count == 0 ? 0 : sorted[Math.Clamp((int)Math.Ceiling(share * sorted.Count) - 1, 0, sorted.Count - 1)];
}
