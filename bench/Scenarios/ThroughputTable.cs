using RelayOperator.Bench.Measuring;

namespace RelayOperator.Bench.Scenarios;

/// <summary>The samples of a scenario as a Markdown table and its verdicts.</summary>
public sealed class ThroughputTable(Throughput scenario, IReadOnlyDictionary<string, List<Sample>> samples)
{
    private const string Own = "relay";

    public IReadOnlyList<Verdict> Print()
    {
        Console.WriteLine($"\n### {scenario.Name}: {scenario.Title}\n");
        Console.WriteLine("| | messages/s, median | lowest to highest | CPU per message | peak memory | relay is |");
        Console.WriteLine("|---|---:|---:|---:|---:|---:|");
        foreach (var (peer, runs) in samples)
        {
            var rates = runs.ConvertAll(run => run.Value);
            var cost = Sample.Median(runs.Select(run => run.CpuMicroseconds));
            Console.WriteLine(
                $"| {peer} | {Sample.Median(rates):F0} | {rates.Min():F0} to {rates.Max():F0} | "
                + (cost > 0 ? $"{cost:F0} µs | {runs.Max(run => run.PeakBytes) >> 20} MiB | " : "| | ")
                + (peer == Own ? "|" : $"{Ratio(peer):F2} × |"));
        }

        Console.WriteLine();
        var verdicts = Verdicts().ToList();
        verdicts.ForEach(Console.WriteLine);
        return verdicts;
    }

    /// <summary>Median of the ratios run by run: both sides of each were measured within the same seconds.</summary>
    private double Ratio(string peer) => Sample.Median(samples[Own].Zip(samples[peer], (own, other) => own.Value / other.Value));

    private IEnumerable<Verdict> Verdicts()
    {
        foreach (var target in scenario.Targets.Where(target => samples.ContainsKey(target.Peer)))
        {
            var ratio = Ratio(target.Peer);
            yield return new($"at least {target.Ratio:F1} × {target.Peer}", $"{ratio:F2} ×", ratio >= target.Ratio);
        }

        if (scenario.CpuTargetMicroseconds > 0)
        {
            var cost = Sample.Median(samples[Own].Select(run => run.CpuMicroseconds));
            yield return new($"at most {scenario.CpuTargetMicroseconds:F0} µs of CPU per message", $"{cost:F0} µs", cost <= scenario.CpuTargetMicroseconds);
        }

        if (scenario.PeakTargetBytes > 0)
        {
            var peak = samples[Own].Max(run => run.PeakBytes);
            yield return new($"at most {scenario.PeakTargetBytes >> 20} MiB resident", $"{peak >> 20} MiB", peak <= scenario.PeakTargetBytes);
        }
    }
}
