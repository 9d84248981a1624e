using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;

namespace RelayOperator.TestKit;

/// <summary>Postfix's <c>smtp-sink</c> as a hub: somebody else's idea of SMTP. Keeps each message as a file.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class PostfixSink : IAsyncDisposable
{
    private readonly TempFolder _folder = new();
    private ChildProcess? _process;

    private PostfixSink()
    {
    }

    public int Port { get; } = FreePort.Next();

    public static async Task<PostfixSink> StartAsync()
    {
        var sink = new PostfixSink();
        string[] user = [];
        if (Environment.IsPrivilegedProcess)
        {
            // It insists on giving up root, and writes as that user then.
            user = ["-u", "nobody"];
            File.SetUnixFileMode(sink._folder.Path, (UnixFileMode)0b111_111_111);
        }

        sink._process = ChildProcess.Start("smtp-sink", [.. user, "-d", sink._folder.Path + "/message.", $"127.0.0.1:{sink.Port}", "100"]);
        await Eventually.True(() => IsListeningAsync(sink.Port), "smtp-sink listens", 20);
        return sink;
    }

    /// <summary>What arrived, line ends as LF, behind the fields that smtp-sink puts in front.</summary>
    public IReadOnlyList<string> Messages() =>
        [.. Directory.EnumerateFiles(_folder.Path, "message.*").Select(file => WithoutSinkFields(File.ReadAllText(file, System.Text.Encoding.Latin1)))];

    /// <summary>How many messages arrived.</summary>
    public int Count => Directory.EnumerateFiles(_folder.Path, "message.*").Count();

    public async ValueTask DisposeAsync()
    {
        await _process!.DisposeAsync();
        _folder.Dispose();
    }

    // X-Client-Addr, X-Client-Proto, X-Helo-Args, X-Mail-Args and X-Rcpt-Args, and its own Received, end with "for <...>" or a date.
    private static string WithoutSinkFields(string dump)
    {
        var own = dump.IndexOf("Received: from ", dump.IndexOf("X-Rcpt-Args:", StringComparison.Ordinal), StringComparison.Ordinal);
        return dump[dump.IndexOf("Received: from ", own + 1, StringComparison.Ordinal)..];
    }

    private static async Task<bool> IsListeningAsync(int port)
    {
        try
        {
            using var wire = await SmtpWire.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
