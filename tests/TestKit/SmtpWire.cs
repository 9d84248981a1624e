using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;

namespace RelayOperator.TestKit;

/// <summary>A client that sends what it is told, octet by octet, and reads replies. Octets are Latin-1 characters.</summary>
public sealed class SmtpWire : IDisposable
{
    private readonly Socket _socket;
    private readonly byte[] _chunk = new byte[16 * 1024];
    private string _unread = "";
    private int _at;
    private SslStream? _secured;

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

    public async Task SendAsync(ReadOnlyMemory<byte> octets)
    {
        if (_secured is null)
        {
            await _socket.SendAsync(octets);
        }
        else
        {
            await _secured.WriteAsync(octets);
        }
    }

    /// <summary>TLS, once it is there.</summary>
    public SslStream Tls => _secured!;

    /// <summary>Asks for TLS and goes over to it.</summary>
    public async Task StartTlsAsync(SslClientAuthenticationOptions? options = null)
    {
        var reply = await AskAsync("STARTTLS");
        if (!reply.StartsWith("220", StringComparison.Ordinal))
        {
            throw new InvalidOperationException(reply);
        }

        await SecureAsync(options);
    }

    /// <summary>Goes over to TLS; whatever certificate is shown is taken, unless the options say otherwise.</summary>
    public async Task SecureAsync(SslClientAuthenticationOptions? options = null)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30), TimeProvider.System);
        options ??= new SslClientAuthenticationOptions { TargetHost = "relay.test" };
#pragma warning disable CA5359 // A test says itself what it wants of the certificate.
        options.RemoteCertificateValidationCallback ??= (_, _, _, _) => true;
#pragma warning restore CA5359
        var secured = new SslStream(new NetworkStream(_socket));
        await secured.AuthenticateAsClientAsync(options, limit.Token);
        _secured = secured;
    }

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

    public void Dispose()
    {
        _secured?.Dispose();
        _socket.Dispose();
    }

    private async Task<string?> LineAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var end = _unread.IndexOf("\r\n", _at, StringComparison.Ordinal);
            if (end >= 0)
            {
                var line = _unread[_at..end];
                _at = end + 2;
                return line;
            }

            int read;
            try
            {
                read = _secured is null
                    ? await _socket.ReceiveAsync(_chunk.AsMemory(), SocketFlags.None, cancellationToken)
                    : await _secured.ReadAsync(_chunk.AsMemory(), cancellationToken);
            }
            catch (Exception e) when (e is SocketException or IOException)
            {
                return null;
            }

            if (read == 0)
            {
                return null;
            }

            _unread = string.Concat(_unread.AsSpan(_at), Encoding.Latin1.GetString(_chunk, 0, read));
            _at = 0;
        }
    }
}
