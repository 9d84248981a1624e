namespace RelayOperator.Api;

/// <summary>
/// What is wrong with one document, and where each of its fields stands. A field that has a fault already gets no second
/// one, and neither does what was derived from it.
/// </summary>
internal sealed class FaultSheet(string file, int document, string kind, string name)
{
    private readonly List<ConfigFault> faults = [];
    private readonly Dictionary<string, int> lines = new(StringComparer.Ordinal);
    private readonly HashSet<string> faulty = new(StringComparer.Ordinal);

    public IReadOnlyList<ConfigFault> Faults => faults;

    public int Document => document;

    /// <summary>Remembers the line of a field for checks that come later.</summary>
    public void Seen(string path, int line) => lines[path] = line;

    /// <summary>Whether the field is written in the file.</summary>
    public bool HasSeen(string path) => lines.ContainsKey(path);

    public void Add(int line, string path, string found, string allowed)
    {
        _ = faulty.Add(path);
        faults.Add(new ConfigFault(file, document, line, kind, name, path, found, allowed));
    }

    /// <summary>Adds what a check found, unless that follows from a field which is at fault itself.</summary>
    public void Add(Finding finding)
    {
        if (!IsFaulty(finding.Path) && !finding.DependsOn.Any(IsFaulty))
        {
            Add(LineOf(finding.Path), finding.Path, finding.Found, finding.Allowed);
        }
    }

    /// <summary>Whether the field, or one that holds it, has a fault.</summary>
    public bool IsFaulty(string path)
    {
        for (var part = path; ; part = part[..part.LastIndexOfAny(['.', '['])])
        {
            if (faulty.Contains(part))
            {
                return true;
            }

            if (part.LastIndexOfAny(['.', '[']) <= 0)
            {
                return false;
            }
        }
    }

    /// <summary>Line of the field, or of the nearest one around it where it is left out.</summary>
    private int LineOf(string path)
    {
        for (var part = path; ; part = part[..part.LastIndexOfAny(['.', '['])])
        {
            if (lines.TryGetValue(part, out var line))
            {
                return line;
            }

            if (part.LastIndexOfAny(['.', '[']) <= 0)
            {
                return lines.GetValueOrDefault("", 1);
            }
        }
    }
}

/// <summary>What a check found at a field.</summary>
/// <param name="Path">The field.</param>
/// <param name="Found">What stands there.</param>
/// <param name="Allowed">What may stand there, or how to mend it.</param>
/// <param name="DependsOn">Further fields that the verdict rests on.</param>
internal sealed record Finding(string Path, string Found, string Allowed, params string[] DependsOn);
