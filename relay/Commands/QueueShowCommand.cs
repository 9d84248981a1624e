using System.CommandLine;
using System.Text.Json;
using RelayOperator.Relay.Tools;

namespace RelayOperator.Relay.Commands;

/// <summary><c>relay queue show</c>: all that is known of one message.</summary>
internal static class QueueShowCommand
{
    private static readonly Argument<string> Id = new("ID") { Description = "Id of the message, as 'relay queue list' and the logs show it." };

    public static Command Create()
    {
        var command = new Command("show", "Show one message: envelope, recipients with the hubs' last words, and what was tried.") { Id, QueueListCommand.Form };
        QueueSocket.AddTo(command);
        command.SetAction((parsed, cancellationToken) => QueueSocket.RunAsync(
            parsed, (client, token) => RunAsync(parsed, client, TimeProvider.System, token), cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, QueueClient client, TimeProvider time, CancellationToken cancellationToken)
    {
        var output = parsed.InvocationConfiguration.Output;
        await foreach (var line in client.ShowAsync(parsed.GetRequiredValue(Id), cancellationToken))
        {
            if (line.Message is { } message)
            {
                await output.WriteLineAsync(parsed.GetValue(QueueListCommand.Form) == "json"
                    ? JsonSerializer.Serialize(message, QueueJson.Page.QueuedMessage)
                    : QueueTable.Page(message, time.GetUtcNow()));
            }
            else if ((line.Fault ?? (line.Missing is { } id ? $"{id}: no such message; it may have been delivered" : null)) is { } fault)
            {
                return await QueueSocket.FailAsync(parsed, fault);
            }
        }

        return QueueSocket.Done;
    }
}
