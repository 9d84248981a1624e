using System.Net;
using System.Net.Sockets;

namespace RelayOperator.TestKit.Cluster.Pods;

/// <summary>
/// Addresses of 127.0.0.0/8 for pods, each given out once, with the port of their admin endpoints. A process takes 65,000 of
/// them as long as it lives, by a socket that no other process can have too: tests that run side by side do not meet.
/// </summary>
internal static class PodAddresses
{
    private const int FirstBlock = 16;
    private const int Blocks = 224;

    // As in a cluster, unless somebody has it on every address of this machine.
    private static readonly int[] Ports = [9025, 19025, 29025];

    private static readonly Lock Gate = new();
    private static Socket? s_claim;
    private static int s_port;
    private static byte s_block;
    private static int s_next;

    public static IPEndPoint Next()
    {
        lock (Gate)
        {
            s_claim ??= ClaimBlock();
            while (true)
            {
                var number = ++s_next;
                var address = new IPAddress([127, s_block, (byte)(number / 250), (byte)((number % 250) + 2)]);
                // A pod may have outlived a process that was killed.
                if (Listen(address, s_port) is { } free)
                {
                    free.Dispose();
                    return new IPEndPoint(address, s_port);
                }
            }
        }
    }

    private static Socket ClaimBlock()
    {
        foreach (var port in Ports)
        {
            for (var i = 0; i < Blocks; i++)
            {
                s_port = port;
                s_block = (byte)(FirstBlock + ((Environment.ProcessId + i) % Blocks));
                if (Listen(new IPAddress([127, s_block, 0, 1]), port) is { } claim)
                {
                    return claim;
                }
            }
        }
        throw new InvalidOperationException("No address of this machine is free for pods.");
    }

    private static Socket? Listen(IPAddress address, int port)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(address, port));
            socket.Listen();
            return socket;
        }
        catch (SocketException)
        {
            socket.Dispose();
            return null;
        }
    }
}
