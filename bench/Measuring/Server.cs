using System.Diagnostics;
using System.Net.Sockets;
using RelayOperator.TestKit;

namespace RelayOperator.Bench.Measuring;

/// <summary>One process that serves on a port, its log in a file, and what it and its children use of the machine.</summary>
public sealed class Server : IAsyncDisposable
{
    private readonly Process _process;

    private Server(Process process) => _process = process;

    public ProcessTree Tree => new(_process.Id);

    /// <summary>Starts it and waits until <paramref name="port"/> takes connections.</summary>
    public static async Task<Server> StartAsync(string log, int port, string program, params IEnumerable<string> arguments)
    {
        // The shell gives the log its file and then becomes the program: no pipe through this process.
        var process = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", "exec \"$@\" >\"$0\" 2>&1 </dev/null", log, program, .. arguments]))!;
        var server = new Server(process);
        try
        {
            await Eventually.True(
                () => process.HasExited ? throw new InvalidOperationException($"{program} ended: {File.ReadAllText(log)}") : Takes(port),
                $"{program} serves on port {port}",
                30);
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }

        return server;
    }

    public static bool Takes(int port)
    {
        try
        {
            using var client = new TcpClient();
            client.Connect("127.0.0.1", port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }
}
