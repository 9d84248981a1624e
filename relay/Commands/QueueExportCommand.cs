using System.CommandLine;
using RelayOperator.Relay.Tools;

namespace RelayOperator.Relay.Commands;

/// <summary><c>relay queue export</c>: copies of messages as files; they stay in the spool.</summary>
internal static class QueueExportCommand
{
    private static readonly Option<DirectoryInfo> To = new("--to")
    {
        Description = "Folder to write ID.eml and ID.json to; made where it is missing.",
        HelpName = "DIR",
        Required = true,
    };

    public static Command Create()
    {
        var command = new Command("export", "Write messages to files, which 'relay queue import' takes back on any relay. They stay in the spool.");
        QueueSelection.AddTo(command);
        command.Add(To);
        QueueSocket.AddTo(command);
        command.SetAction((parsed, cancellationToken) => QueueSocket.RunAsync(
            parsed, (client, token) => RunAsync(parsed, client, QueueSelection.Read(parsed, TimeProvider.System), token), cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, QueueClient client, QueueRequest request, CancellationToken cancellationToken)
    {
        var folder = new ExportFolder(parsed.GetRequiredValue(To));
        var (exported, gone, failed) = (0L, 0L, 0L);
        foreach (var id in request.Ids)
        {
            await ExportAsync(id.ToUpperInvariant());
        }

        if (request.Ids.IsEmpty)
        {
            await foreach (var line in client.AskAsync("list", request, cancellationToken))
            {
                if (line.Fault is not null)
                {
                    return await QueueSocket.FailAsync(parsed, $"{line.Fault}; {QueueTable.Messages(exported)} exported before");
                }

                if (line.Message is { } message)
                {
                    await ExportAsync(message.Id);
                }
            }
        }

        await parsed.InvocationConfiguration.Output.WriteLineAsync(
            $"{QueueTable.Messages(exported)} exported to {folder.Path}"
            + (gone == 0 ? "" : $", {gone} gone before they could be")
            + (failed == 0 ? "" : $", {failed} failed"));
        return failed == 0 && (gone == 0 || request.Ids.IsEmpty) ? QueueSocket.Done : QueueSocket.Failed;

        async Task ExportAsync(string id)
        {
            var line = await folder.WriteAsync(client, id, cancellationToken);
            if (line.Message is not null)
            {
                exported++;
            }
            else if (line.Missing is not null)
            {
                gone++;
                await QueueSocket.FailAsync(parsed, $"{id}: no such message; it may have been delivered");
            }
            else
            {
                failed++;
                await QueueSocket.FailAsync(parsed, line.Fault ?? $"{id}: not exported");
            }
        }
    }
}
