using System.CommandLine;
using RelayOperator.Relay.Spool;
using RelayOperator.Relay.Tools;

namespace RelayOperator.Relay.Commands;

/// <summary><c>relay queue retry</c>, <c>hold</c>, <c>release</c> and <c>delete</c>.</summary>
internal static class QueueChangeCommand
{
    private static readonly Option<bool> Yes = new("--yes") { Description = "Do not ask." };

    public static Command Create(QueueAction action, string description, Confirmation confirmation)
    {
        var command = new Command(action.ToString().ToLowerInvariant(), description);
        QueueSelection.AddTo(command);
        if (action == QueueAction.Delete)
        {
            command.Add(Yes);
        }

        QueueSocket.AddTo(command);
        command.SetAction((parsed, cancellationToken) => QueueSocket.RunAsync(
            parsed, (client, token) => RunAsync(parsed, client, QueueSelection.Read(parsed, TimeProvider.System) with { Action = action }, confirmation, token), cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, QueueClient client, QueueRequest request, Confirmation confirmation, CancellationToken cancellationToken)
    {
        if (request.Action == QueueAction.Delete)
        {
            var (code, bounded) = await ConfirmAsync(parsed, client, request, confirmation, cancellationToken);
            if (bounded is null)
            {
                return code;
            }

            request = bounded;
        }

        return await ChangeAsync(parsed, client, request, cancellationToken);
    }

    // What is deleted is no more than was counted, whatever arrives meanwhile.
    private static async Task<(int Code, QueueRequest? Request)> ConfirmAsync(
        ParseResult parsed, QueueClient client, QueueRequest request, Confirmation confirmation, CancellationToken cancellationToken)
    {
        var asks = !parsed.GetValue(Yes);
        if (asks && !confirmation.IsTerminal)
        {
            return (await QueueSocket.FailAsync(parsed, "there is no terminal to ask at: add --yes to delete without being asked, or run it with one (kubectl exec -it)"), null);
        }

        var count = (long)request.Ids.Length;
        if (count == 0)
        {
            await foreach (var line in client.AskAsync("count", request, cancellationToken))
            {
                if (line.Fault is not null)
                {
                    return (await QueueSocket.FailAsync(parsed, line.Fault), null);
                }

                count = line.End?.Messages ?? 0;
            }
        }

        var output = parsed.InvocationConfiguration.Output;
        if (count == 0)
        {
            await output.WriteLineAsync("0 messages deleted");
            return (QueueSocket.Done, null);
        }

        if (asks && !await confirmation.AskAsync($"Delete {QueueTable.Messages(count)} without a word to the senders?", output, cancellationToken))
        {
            await output.WriteLineAsync("Nothing was deleted.");
            return (QueueSocket.Failed, null);
        }

        return (QueueSocket.Done, request with { Limit = (int)Math.Min(count, int.MaxValue) });
    }

    private static async Task<int> ChangeAsync(ParseResult parsed, QueueClient client, QueueRequest request, CancellationToken cancellationToken)
    {
        var output = parsed.InvocationConfiguration.Output;
        var (claimed, missing) = (0L, 0L);
        await foreach (var line in client.AskAsync("change", request, cancellationToken))
        {
            if (line.Claimed is { } busy)
            {
                claimed++;
                await output.WriteLineAsync($"{busy}: is being delivered right now, and was left as it is");
            }
            else if (line.Missing is { } id)
            {
                missing++;
                await QueueSocket.FailAsync(parsed, $"{id}: no such message; it may have been delivered");
            }
            else if (line.Fault is not null)
            {
                return await QueueSocket.FailAsync(parsed, line.Fault);
            }
            else if (line.End is { } end)
            {
                await output.WriteLineAsync(
                    $"{QueueTable.Messages(end.Messages)} {Done(request.Action)}"
                    + (end.Unchanged == 0 ? "" : $", {end.Unchanged} had nothing to {request.Action.ToString()!.ToLowerInvariant()}")
                    + (claimed == 0 ? "" : $", {claimed} left: being delivered right now"));
            }
        }

        // Being delivered is what a retry is for.
        return missing == 0 && (claimed == 0 || request.Action == QueueAction.Retry) ? QueueSocket.Done : QueueSocket.Failed;
    }

    private static string Done(QueueAction? action) => action switch
    {
        QueueAction.Retry => "due now",
        QueueAction.Hold => "held",
        QueueAction.Release => "released",
        _ => "deleted",
    };
}
