using System.Text.RegularExpressions;
using RelayOperator.TestKit;

namespace RelayOperator.Chart.Tests.Images;

/// <summary>What COPY sees of the repository: the files that .dockerignore leaves.</summary>
internal sealed class DockerContext
{
    private readonly (bool Keep, Regex Pattern)[] _rules;

    public DockerContext() => _rules =
    [
        .. File.ReadAllLines(Path.Combine(Repository.Root, ".dockerignore"))
            .Select(line => line.Trim())
            .Where(line => line.Length > 0 && line[0] != '#')
            .Select(line => (line[0] == '!', Pattern(line.TrimStart('!')))),
    ];

    /// <summary>The files at or below a path, which may have a * in its last part; relative to the repository.</summary>
    public IEnumerable<string> Files(string source)
    {
        var path = source.TrimEnd('/');
        var folder = Path.Combine(Repository.Root, Path.GetDirectoryName(path)!);
        IEnumerable<string> found = path.Contains('*', StringComparison.Ordinal)
            ? Directory.Exists(folder) ? Directory.EnumerateFiles(folder, Path.GetFileName(path)) : []
            : Directory.Exists(Path.Combine(Repository.Root, path))
                ? Directory.EnumerateFiles(Path.Combine(Repository.Root, path), "*", SearchOption.AllDirectories)
                : File.Exists(Path.Combine(Repository.Root, path)) ? [Path.Combine(Repository.Root, path)] : [];
        return found.Select(file => Path.GetRelativePath(Repository.Root, file)).Where(Kept);
    }

    // The last rule that fits decides; one that fits a folder fits what is in it.
    private bool Kept(string file) => _rules.Where(rule => rule.Pattern.IsMatch(file)).Select(rule => rule.Keep).LastOrDefault(true);

    private static Regex Pattern(string rule)
    {
        var pattern = Regex.Escape(rule.TrimEnd('/')).Replace(@"\*\*/", "(.*/)?", StringComparison.Ordinal).Replace(@"\*", "[^/]*", StringComparison.Ordinal);
        return new Regex($"^{pattern}(/.*)?$", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1));
    }
}
