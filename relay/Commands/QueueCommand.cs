using System.CommandLine;

namespace RelayOperator.Relay.Commands;

/// <summary><c>relay queue</c>: what lies in the spool of a running relay, and what an operator does about it.</summary>
public static class QueueCommand
{
    private const string Name = "queue";
    private const int BadUsage = 2;

    /// <summary>With standard input to ask.</summary>
    public static Command Create() => Create(new Confirmation(Console.In, !Console.IsInputRedirected));

    internal static Command Create(Confirmation confirmation) => new(Name, "See and change what lies in the spool of a running relay, by its socket.")
    {
        QueueListCommand.Create(),
        QueueShowCommand.Create(),
        QueueChangeCommand.Create(Spool.QueueAction.Retry, "Send messages now: those that wait, and once more those that are dead or set aside.", confirmation),
        QueueChangeCommand.Create(Spool.QueueAction.Hold, "Keep messages back until they are released.", confirmation),
        QueueChangeCommand.Create(Spool.QueueAction.Release, "Send held messages now.", confirmation),
        QueueChangeCommand.Create(Spool.QueueAction.Delete, "Delete messages, without a word to their senders.", confirmation),
        QueueExportCommand.Create(),
        QueueImportCommand.Create(),
    };

    /// <summary>The exit code: 2 where what was typed could not be understood.</summary>
    public static int ExitCode(ParseResult parsed, int code) =>
        parsed.Errors.Count != 0 && (parsed.CommandResult.Command.Name == Name || parsed.CommandResult.Command.Parents.Any(parent => parent.Name == Name)) ? BadUsage : code;
}
