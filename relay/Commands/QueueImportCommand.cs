using System.CommandLine;
using RelayOperator.Relay.Tools;

namespace RelayOperator.Relay.Commands;

/// <summary><c>relay queue import</c>: takes exported messages back, each under its own id.</summary>
internal static class QueueImportCommand
{
    private static readonly Argument<string[]> Paths = new("PATH")
    {
        Description = "Folder of an export, or a file of it, ID.json or ID.eml; the other one has to lie beside it.",
        Arity = ArgumentArity.OneOrMore,
    };

    public static Command Create()
    {
        var command = new Command("import", "Take exported messages into the spool, under the ids they had. A message that the relay knows already is skipped.") { Paths };
        QueueSocket.AddTo(command);
        command.SetAction((parsed, cancellationToken) => QueueSocket.RunAsync(
            parsed, (client, token) => RunAsync(parsed, client, token), cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, QueueClient client, CancellationToken cancellationToken)
    {
        var output = parsed.InvocationConfiguration.Output;
        var (imported, known, failed) = (0L, 0L, 0L);
        foreach (var pair in parsed.GetRequiredValue(Paths).SelectMany(ImportPair.At))
        {
            var (id, line) = await pair.ImportAsync(client, cancellationToken);
            if (line.End is { Messages: > 0 })
            {
                imported++;
                await output.WriteLineAsync($"{id}: imported");
            }
            else if (line.End is not null)
            {
                known++;
                await output.WriteLineAsync($"{id}: known already, skipped");
            }
            else
            {
                failed++;
                await QueueSocket.FailAsync(parsed, line.Fault ?? pair.Envelope);
            }
        }

        await output.WriteLineAsync(
            $"{QueueTable.Messages(imported)} imported{(known == 0 ? "" : $", {known} known already")}{(failed == 0 ? "" : $", {failed} failed")}");
        return failed == 0 ? QueueSocket.Done : QueueSocket.Failed;
    }
}
