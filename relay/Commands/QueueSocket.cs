using System.CommandLine;
using RelayOperator.Relay.Tools;

namespace RelayOperator.Relay.Commands;

/// <summary>Which relay a queue tool talks to, and what it says where that cannot be done.</summary>
internal static class QueueSocket
{
    public const int Done = 0;
    public const int Failed = 1;

    private static readonly Option<string> Socket = new("--socket")
    {
        Description = $"The relay's socket. Without this option and --spool: what {SocketPath.Variable} names, otherwise {SocketPath.Default}.",
        HelpName = "PATH",
    };

    private static readonly Option<string> Spool = new("--spool")
    {
        Description = "The folder that the relay was given by its --spool; its socket is there.",
        HelpName = "DIR",
    };

    public static void AddTo(Command command)
    {
        command.Add(Socket);
        command.Add(Spool);
    }

    /// <summary>Does what a command is there for; every fault becomes one line, and exit code 1.</summary>
    public static async Task<int> RunAsync(ParseResult parsed, Func<QueueClient, CancellationToken, Task<int>> run, CancellationToken cancellationToken)
    {
        using var termination = new TerminationSignal(cancellationToken);
        using var client = new QueueClient(PathOf(parsed));
        try
        {
            return await run(client, termination.Token);
        }
        catch (OperationCanceledException)
        {
            return Failed;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return await FailAsync(parsed, e.Message);
        }
    }

    /// <summary>Says what is wrong; the exit code.</summary>
    public static async Task<int> FailAsync(ParseResult parsed, string fault)
    {
        await parsed.InvocationConfiguration.Error.WriteLineAsync($"relay queue {parsed.CommandResult.Command.Name}: {fault}");
        return Failed;
    }

    private static string PathOf(ParseResult parsed) =>
        parsed.GetValue(Socket) is { Length: > 0 } path ? path
        : parsed.GetValue(Spool) is { Length: > 0 } folder ? SocketPath.In(folder)
        : Environment.GetEnvironmentVariable(SocketPath.Variable) is { Length: > 0 } named ? named
        : SocketPath.Default;
}
