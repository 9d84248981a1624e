using System.Globalization;

namespace RelayOperator.Bench.Measuring;

/// <summary>A process and its descendants, read from /proc (proc(5)).</summary>
public sealed class ProcessTree(int root)
{
    private const double TicksPerSecond = 100; // USER_HZ

    /// <summary>Seconds of CPU so far, of children that have ended too.</summary>
    public double CpuSeconds() => Members().Sum(stat => stat.Ticks) / TicksPerSecond;

    /// <summary>Bytes resident now.</summary>
    public long Resident() => Members().Sum(stat => Memory(stat.Id, "VmRSS:"));

    /// <summary>Most bytes that were resident at once since <see cref="ForgetPeak"/>.</summary>
    public long PeakResident() => Members().Sum(stat => Memory(stat.Id, "VmHWM:"));

    public void ForgetPeak()
    {
        foreach (var stat in Members())
        {
            File.WriteAllText($"/proc/{stat.Id}/clear_refs", "5");
        }
    }

    private static long Memory(int id, string name)
    {
        var line = File.ReadLines($"/proc/{id}/status").First(line => line.StartsWith(name, StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024;
    }

    private IEnumerable<Stat> Members()
    {
        var all = new Dictionary<int, Stat>();
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder), out var id) && Stat.Read(id) is { } stat)
            {
                all.Add(id, stat);
            }
        }

        return all.Values.Where(stat => Belongs(stat, all));
    }

    private bool Belongs(Stat stat, Dictionary<int, Stat> all)
    {
        while (stat.Id != root)
        {
            if (!all.TryGetValue(stat.Parent, out stat!))
            {
                return false;
            }
        }

        return true;
    }

    private sealed record Stat(int Id, int Parent, long Ticks)
    {
        public static Stat? Read(int id)
        {
            string text;
            try
            {
                text = File.ReadAllText($"/proc/{id}/stat");
            }
            catch (IOException)
            {
                return null; // it has ended
            }

            // Fields after the name, which may hold spaces: 3 state, 4 ppid, ..., 14 utime, 15 stime, 16 cutime, 17 cstime.
            var fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
            return new Stat(id, int.Parse(fields[1]), fields[11..15].Sum(long.Parse));
        }
    }
}
