namespace RelayOperator.Bench.Measuring;

/// <summary>What the numbers were measured on.</summary>
public static class Machine
{
    public static string Line()
    {
        var model = File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':', 2)[1].Trim();
        var memory = File.ReadLines("/proc/meminfo").First().Split(' ', StringSplitOptions.RemoveEmptyEntries)[1];
        return $"{TimeProvider.System.GetUtcNow():yyyy-MM-dd}, {Environment.ProcessorCount} cores ({model ?? "unknown"}), {long.Parse(memory) >> 20} GiB, {Environment.OSVersion.VersionString}, .NET {Environment.Version}";
    }
}
