using System.Net.Sockets;

namespace RelayOperator.Relay.ProxyProtocol;

/// <summary>Takes the PROXY header off a connection, and not one octet of what follows: that may be a TLS handshake.</summary>
public static class ProxyReader
{
    /// <summary>Reads it.</summary>
    /// <param name="socket">The connection, just accepted.</param>
    /// <param name="cancellationToken">When to give up.</param>
    /// <returns>The header, or why there is none.</returns>
    public static async ValueTask<(ProxyHeader? Header, string Fault)> ReadAsync(Socket socket, CancellationToken cancellationToken)
    {
        var buffer = new byte[ProxyHeader.LongestLine];
        var filled = 0;
        try
        {
            while (true)
            {
                switch (ProxyHeader.Parse(buffer.AsSpan(0, filled), out var header))
                {
                    case ProxyParse.Complete:
                        return (header, "");
                    case ProxyParse.Malformed:
                        return (null, "its connection does not begin with a PROXY header");
                }

                var wanted = Wanted(buffer.AsSpan(0, filled));
                if (filled + wanted > buffer.Length)
                {
                    Array.Resize(ref buffer, filled + wanted);
                }

                var room = buffer.AsMemory(filled, wanted);
                var read = filled < ProxyHeader.Shortest || ProxyHeader.IsBinary(buffer)
                    ? await socket.ReceiveAsync(room, SocketFlags.None, cancellationToken)
                    : await ReadLineAsync(socket, room, cancellationToken);
                if (read == 0)
                {
                    return (null, "it went away before its PROXY header was whole");
                }

                filled += read;
            }
        }
        catch (OperationCanceledException)
        {
            return (null, "its PROXY header did not come in time");
        }
        catch (SocketException e)
        {
            return (null, $"it went away before its PROXY header was whole: {e.Message}");
        }
    }

    // As much as surely belongs to the header.
    private static int Wanted(ReadOnlySpan<byte> received) =>
        received.Length < ProxyHeader.Shortest ? ProxyHeader.Shortest - received.Length
        : !ProxyHeader.IsBinary(received) ? ProxyHeader.LongestLine - received.Length
        : received.Length < ProxyHeader.Fixed ? ProxyHeader.Fixed - received.Length
        : ProxyHeader.Fixed + (received[14] << 8) + received[15] - received.Length;

    // A line's end is found by looking before taking.
    private static async ValueTask<int> ReadLineAsync(Socket socket, Memory<byte> room, CancellationToken cancellationToken)
    {
        var seen = await socket.ReceiveAsync(room, SocketFlags.Peek, cancellationToken);
        var end = room.Span[..seen].IndexOf((byte)'\n');
        return seen == 0 ? 0 : await socket.ReceiveAsync(room[..(end < 0 ? seen : end + 1)], SocketFlags.None, cancellationToken);
    }
}
