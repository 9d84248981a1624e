using System.Net.Sockets;
using System.Text;

namespace RelayOperator.Relay.Send;

/// <summary>Waits until a server greets, so that a script need not guess when it is up.</summary>
public static class ServerGreeting
{
    private const int MaxGreeting = 512; // RFC 5321 §4.5.3.1.5

    // Packets to an address that nobody serves yet may be dropped: a connection begun then hears nothing even when
    // somebody does, only a new one will. Longer than servers make a stranger wait for their greeting.
    private static readonly TimeSpan OneConnection = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Null once the server said 220; when the time ran out before, what was seen last. With implicit TLS a server greets
    /// only after the handshake: there an accepted connection is enough.
    /// </summary>
    public static async Task<string?> WaitAsync(SendOptions options, TimeSpan limit, TimeProvider time, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(limit, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        var seen = "it never answered";
        try
        {
            while (await TryAsync(options, time, both.Token) is { } fault)
            {
                seen = fault;
                await Task.Delay(TimeSpan.FromMilliseconds(100), time, both.Token);
            }

            return null;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return seen;
        }
    }

    private static async Task<string?> TryAsync(SendOptions options, TimeProvider time, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(OneConnection, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(options.Host, options.Port, both.Token);
            if (options.Tls == SendTls.Implicit)
            {
                return null;
            }

            var greeting = await ReadLineAsync(client.GetStream(), both.Token);
            if (!greeting.StartsWith("220", StringComparison.Ordinal))
            {
                return greeting.Length == 0 ? "it closed the connection and said nothing" : $"it said: {greeting}";
            }

            await client.GetStream().WriteAsync("QUIT\r\n"u8.ToArray(), both.Token);
            return null;
        }
        catch (Exception exception) when (exception is SocketException or IOException)
        {
            return exception.Message;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return $"no greeting within {OneConnection.TotalSeconds:0} s of a connection";
        }
    }

    private static async Task<string> ReadLineAsync(NetworkStream stream, CancellationToken cancellationToken)
    {
        var line = new byte[MaxGreeting];
        var length = 0;
        while (length < line.Length && !line.AsSpan(0, length).Contains((byte)'\n'))
        {
            var read = await stream.ReadAsync(line.AsMemory(length), cancellationToken);
            if (read == 0)
            {
                break;
            }

            length += read;
        }

        return Encoding.Latin1.GetString(line, 0, length).Split('\n')[0].TrimEnd();
    }
}
