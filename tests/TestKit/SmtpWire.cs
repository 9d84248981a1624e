using System.Net;
using System.Net.Sockets;
using System.Text;

namespace RelayOperator.TestKit;

/// <summary>A client that sends what it is told, octet by octet, and reads replies. Octets are Latin-1 characters.</summary>
public sealed class SmtpWire : IDisposable
{
    private readonly Socket _socket;
    private readonly byte[] _chunk = new byte[16 * 1024];
    private readonly StringBuilder _buffer = new();

    private SmtpWire(Socket socket) => _socket = socket;

    /// <summary>Connects and reads no greeting yet.</summary>
    public static async Task<SmtpWire> ConnectAsync(EndPoint server, IPAddress? from = null)
    {
        var socket = new Socket(((IPEndPoint)server).AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        if (from is not null)
        {
            socket.Bind(new IPEndPoint(from, 0));
        }

        await socket.ConnectAsync(server);
        return new SmtpWire(socket);
    }

    public Task SendAsync(string octets) => SendAsync(Encoding.Latin1.GetBytes(octets));

    public async Task SendAsync(ReadOnlyMemory<byte> octets) => await _socket.SendAsync(octets);

    /// <summary>Sends a line and reads its reply.</summary>
    public async Task<string> AskAsync(string line)
    {
        await SendAsync(line + "\r\n");
        return await ReplyAsync();
    }

    /// <summary>Sends a small message; the reply to it, or the first refusal on the way.</summary>
    public async Task<string> SendMessageAsync()
    {
        var reply = "";
        foreach (var line in (string[])["MAIL FROM:<a@b.test>", "RCPT TO:<c@d.test>", "DATA", "Subject: x\r\n\r\n."])
        {
            reply = await AskAsync(line);
            if (reply is not ['2' or '3', ..])
            {
                break;
            }
        }

        return reply;
    }

    /// <summary>Reads one reply, its lines joined by a newline; "" where the connection ended.</summary>
    public async Task<string> ReplyAsync(double seconds = 30)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(seconds), TimeProvider.System);
        var lines = new List<string>();
        while (true)
        {
            if (await LineAsync(limit.Token) is not { } line)
            {
                return string.Join('\n', lines);
            }

            lines.Add(line);
            if (line.Length < 4 || line[3] != '-')
            {
                return string.Join('\n', lines);
            }
        }
    }

    /// <summary>Whether the server ends the connection, having said nothing more.</summary>
    public async Task<bool> EndsAsync(double seconds = 10) => await ReplyAsync(seconds) == "";

    /// <summary>No more input will come.</summary>
    public void EndInput() => _socket.Shutdown(SocketShutdown.Send);

    /// <summary>Ends with a reset.</summary>
    public void Reset()
    {
        _socket.LingerState = new LingerOption(true, 0);
        _socket.Close();
    }

    public void Dispose() => _socket.Dispose();

    private async Task<string?> LineAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var text = _buffer.ToString();
            var end = text.IndexOf("\r\n", StringComparison.Ordinal);
            if (end >= 0)
            {
                _buffer.Remove(0, end + 2);
                return text[..end];
            }

            int read;
            try
            {
                read = await _socket.ReceiveAsync(_chunk.AsMemory(), SocketFlags.None, cancellationToken);
            }
            catch (SocketException)
            {
                return null;
            }

            if (read == 0)
            {
                return null;
            }

            _buffer.Append(Encoding.Latin1.GetString(_chunk, 0, read));
        }
    }
}
