using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace RelayOperator.Relay.Send;

/// <summary>What came of a run. Latencies in milliseconds; errors with their counts, the most frequent first.</summary>
public sealed record SendSummary(
    int Acknowledged,
    int Failed,
    TimeSpan Elapsed,
    double P50,
    double P95,
    double P99,
    double Max,
    ImmutableArray<KeyValuePair<string, int>> Errors)
{
    /// <summary>The lines that end <c>relay send</c>.</summary>
    public string Format(int wanted)
    {
        var text = new StringBuilder();
        var culture = CultureInfo.InvariantCulture;
        var unsent = wanted - Acknowledged - Failed;
        text.Append(culture, $"{Acknowledged} of {wanted} acknowledged, {Failed} failed");
        text.Append(unsent > 0 ? $", {unsent} not tried" : "");
        text.Append(culture, $", in {Elapsed.TotalSeconds:F1} s: {Acknowledged / Math.Max(0.001, Elapsed.TotalSeconds):F0} msg/s\n");
        text.Append(culture, $"latency ms: p50 {P50:F1}  p95 {P95:F1}  p99 {P99:F1}  max {Max:F1}\n");
        foreach (var (error, count) in Errors)
        {
            text.Append(culture, $"{count,7} × {error}\n");
        }

        return text.ToString();
    }
}
