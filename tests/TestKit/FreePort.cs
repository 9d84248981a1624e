using System.Net;
using System.Net.Sockets;

namespace RelayOperator.TestKit;

/// <summary>
/// Ports of 127.0.0.1 that nobody uses, each given out once in this process. Below those that the system gives to outgoing
/// connections: such a one could take a port between here and its use.
/// </summary>
public static class FreePort
{
    private const int First = 12_000;
    private const int Count = 20_000;

    private static readonly Lock Giving = new();
    private static int _next = Environment.ProcessId * 613 % Count;

    public static int Next()
    {
        lock (Giving)
        {
            while (true)
            {
                var port = First + (_next++ % Count);
                using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                try
                {
                    socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
                    return port;
                }
                catch (SocketException)
                {
                    // Somebody has it.
                }
            }
        }
    }
}
