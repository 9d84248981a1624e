namespace RelayOperator.Bench.Measuring;

/// <summary>What one run of one peer gave.</summary>
/// <param name="Value">The scenario's figure: messages a second, MiB a second, milliseconds.</param>
/// <param name="CpuMicroseconds">CPU of the peer per message; 0 if there is no process between.</param>
/// <param name="PeakBytes">Most resident bytes of the peer in the run.</param>
public sealed record Sample(double Value, double CpuMicroseconds = 0, long PeakBytes = 0)
{
    public static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return sorted.Length % 2 == 1 ? sorted[sorted.Length / 2] : (sorted[(sorted.Length / 2) - 1] + sorted[sorted.Length / 2]) / 2;
    }
}
