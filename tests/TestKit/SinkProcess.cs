namespace RelayOperator.TestKit;

/// <summary>
/// A real <c>relay sink</c>, which keeps each message as a file, fsynced before its 250: what it kept is what arrived,
/// however it was ended.
/// </summary>
public sealed class SinkProcess : IAsyncDisposable
{
    private const string IdHeader = "X-Test-Id: ";

    private readonly TempFolder _folder = new();
    private readonly string[] _options;

    private SinkProcess(string[] options) => _options = options;

    public int Port { get; } = FreePort.Next();

    public ChildProcess? Process { get; private set; }

    public static async Task<SinkProcess> StartAsync(params string[] options)
    {
        var sink = new SinkProcess(options);
        await sink.StartAgainAsync();
        return sink;
    }

    /// <summary>Starts it, or starts it anew on the same port and folder.</summary>
    public async Task StartAgainAsync()
    {
        if (Process is not null)
        {
            await Process.DisposeAsync();
        }

        Process = ChildProcess.Start("dotnet", [Repository.Relay, "sink", "--listen", $"127.0.0.1:{Port}", "--keep", _folder.Path, "--quiet", .. _options]);
        await Eventually.True(
            async () =>
            {
                try
                {
                    using var wire = await SmtpWire.ConnectAsync(new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, Port));
                    return true;
                }
                catch (System.Net.Sockets.SocketException)
                {
                    return false;
                }
            },
            "the sink listens",
            20);
    }

    /// <summary>The ids of the messages that arrived, one for each arrival.</summary>
    public IEnumerable<string> ArrivedIds()
    {
        foreach (var file in Directory.EnumerateFiles(_folder.Path))
        {
            foreach (var line in File.ReadLines(file))
            {
                if (line.StartsWith(IdHeader, StringComparison.Ordinal))
                {
                    yield return line[IdHeader.Length..];
                    break;
                }
            }
        }
    }

    /// <summary>The size of each message that arrived.</summary>
    public IEnumerable<long> ArrivedBytes() => new DirectoryInfo(_folder.Path).EnumerateFiles().Select(static file => file.Length);

    public int ArrivedCount => Directory.EnumerateFiles(_folder.Path).Count();

    public async ValueTask DisposeAsync()
    {
        if (Process is not null)
        {
            await Process.DisposeAsync();
        }

        _folder.Dispose();
    }
}
