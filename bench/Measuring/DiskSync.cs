using System.Globalization;

namespace RelayOperator.Bench.Measuring;

/// <summary>What one synchronous write costs here: the unit in which every durable store pays.</summary>
public static class DiskSync
{
    private const int Writes = 300;

    /// <summary>The median of 4 KiB writes that are synced each, in milliseconds.</summary>
    public static double Milliseconds(string folder)
    {
        var path = Path.Combine(folder, "sync");
        var times = new List<double>(Writes);
        using (var file = File.OpenHandle(path, FileMode.Create, FileAccess.Write, FileShare.None, FileOptions.WriteThrough))
        {
            var block = new byte[4096];
            for (var i = 0; i < Writes; i++)
            {
                var started = TimeProvider.System.GetTimestamp();
                RandomAccess.Write(file, block, i * 4096L);
                times.Add(TimeProvider.System.GetElapsedTime(started).TotalMilliseconds);
            }
        }

        File.Delete(path);
        return Sample.Median(times);
    }

    public static string Line(string folder) =>
        string.Create(CultureInfo.InvariantCulture, $"One synchronous write of 4 KiB takes {Milliseconds(folder):F2} ms here.");
}
