namespace RelayOperator.Relay.Tracking;

/// <summary>
/// The files that a search reads. Standard input, which can be read only once, is kept in a temporary file, its lines
/// of tracking alone.
/// </summary>
public sealed class TraceInput : IDisposable
{
    private readonly List<string> _files = [];
    private string? _kept;

    /// <summary>Each by a path that can be opened.</summary>
    public IReadOnlyList<string> Files => _files;

    /// <summary>Sorts out what was named. Throws <see cref="IOException"/> or <see cref="UnauthorizedAccessException"/> for what cannot be read.</summary>
    /// <param name="names">Folders, files, and "-" for standard input.</param>
    /// <param name="standardInput">Opens it.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public static async Task<TraceInput> OpenAsync(IEnumerable<string> names, Func<Stream> standardInput, CancellationToken cancellationToken)
    {
        var input = new TraceInput();
        try
        {
            foreach (var name in names.Distinct(StringComparer.Ordinal))
            {
                if (name == "-")
                {
                    await using var stream = standardInput();
                    await input.KeepAsync(stream, cancellationToken);
                }
                else if (Directory.Exists(name))
                {
                    input._files.AddRange(TrackingFiles.In(name));
                }
                else
                {
                    input._files.Add(File.Exists(name) ? name : throw new FileNotFoundException($"'{name}' is no file and no folder."));
                }
            }

            return input;
        }
        catch
        {
            input.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        if (_kept is not null)
        {
            File.Delete(_kept);
        }
    }

    private async Task KeepAsync(Stream stream, CancellationToken cancellationToken)
    {
        // Only its owner may read it: it holds other people's addresses.
        _kept = Path.Combine(Path.GetTempPath(), $"relay-trace-{Guid.NewGuid():N}");
        _files.Add(_kept);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        await using var writer = new StreamWriter(_kept, options);
        using var reader = new StreamReader(stream);
        while (await reader.ReadLineAsync(cancellationToken) is { } line)
        {
            if (TrackedEvent.Parse(line) is { } entry)
            {
                await writer.WriteLineAsync(entry.Json.AsMemory(), cancellationToken);
            }
        }
    }
}
