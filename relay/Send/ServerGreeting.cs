using System.Net.Sockets;

namespace RelayOperator.Relay.Send;

/// <summary>Waits until a server greets, so that a script need not guess when it is up.</summary>
public static class ServerGreeting
{
    /// <summary>
    /// True once the server said 220, false when the time ran out before. With implicit TLS a server greets only after
    /// the handshake: there an accepted connection is enough.
    /// </summary>
    public static async Task<bool> WaitAsync(SendOptions options, TimeSpan limit, TimeProvider time, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(limit, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            while (!await GreetsAsync(options, both.Token))
            {
                await Task.Delay(TimeSpan.FromMilliseconds(100), time, both.Token);
            }

            return true;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }

    private static async Task<bool> GreetsAsync(SendOptions options, CancellationToken cancellationToken)
    {
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(options.Host, options.Port, cancellationToken);
            if (options.Tls == SendTls.Implicit)
            {
                return true;
            }

            var greeting = new byte[3];
            await client.GetStream().ReadExactlyAsync(greeting, cancellationToken);
            if (!greeting.AsSpan().SequenceEqual("220"u8))
            {
                return false;
            }

            await client.GetStream().WriteAsync("QUIT\r\n"u8.ToArray(), cancellationToken);
            return true;
        }
        catch (Exception exception) when (exception is SocketException or IOException)
        {
            return false;
        }
    }
}
