using System.CommandLine;
using System.Text.Json;
using RelayOperator.Relay.Tools;

namespace RelayOperator.Relay.Commands;

/// <summary><c>relay queue list</c>: one row a message, oldest first.</summary>
internal static class QueueListCommand
{
    private static readonly Option<int> Limit = new("--limit")
    {
        Description = "So many messages at most.",
        HelpName = "N",
        Validators = { result => SinkCommand.Positive(result, 1) },
    };

    /// <summary>Shared with <c>show</c>.</summary>
    internal static Option<string> Form { get; } = new Option<string>("--output", "-o")
    {
        Description = "A table, or JSON: one object a line in a list.",
        DefaultValueFactory = _ => "table",
    }.AcceptOnlyFromAmong("table", "json");

    public static Command Create()
    {
        var command = new Command("list", "List messages, oldest first.");
        QueueSelection.AddFiltersTo(command);
        command.Add(Limit);
        command.Add(Form);
        QueueSocket.AddTo(command);
        command.SetAction((parsed, cancellationToken) => QueueSocket.RunAsync(
            parsed, (client, token) => RunAsync(parsed, client, TimeProvider.System, token), cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, QueueClient client, TimeProvider time, CancellationToken cancellationToken)
    {
        var output = parsed.InvocationConfiguration.Output;
        var request = QueueSelection.Read(parsed, time) with { Limit = parsed.GetValue(Limit) };
        var asTable = parsed.GetValue(Form) != "json";
        var any = false;
        await foreach (var line in client.AskAsync("list", request, cancellationToken))
        {
            if (line.Fault is not null)
            {
                return await QueueSocket.FailAsync(parsed, line.Fault);
            }

            if (line.Message is { } message)
            {
                if (asTable && !any)
                {
                    await output.WriteLineAsync(QueueTable.Header);
                }

                any = true;
                await output.WriteLineAsync(asTable ? QueueTable.Row(message, time.GetUtcNow()) : JsonSerializer.Serialize(message, QueueJson.Line.QueuedMessage));
            }
            else if (asTable && line.End is { } end)
            {
                await output.WriteLineAsync($"{QueueTable.Messages(end.Messages)}{(end.More ? ", and there are more" : "")}");
            }
        }

        return QueueSocket.Done;
    }
}
