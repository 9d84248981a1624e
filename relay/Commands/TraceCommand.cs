using System.CommandLine;
using System.CommandLine.Parsing;
using RelayOperator.Relay.Tracking;

namespace RelayOperator.Relay.Commands;

/// <summary><c>relay trace</c>: what happened to a message, from tracking files and pods' output.</summary>
public static class TraceCommand
{
    private static readonly Argument<string[]> Sources = new("FOLDER|FILE|-")
    {
        Description = "Folders of tracking files, single files, - for standard input: kubectl logs -l … --prefix | relay trace --id X -",
        Arity = ArgumentArity.OneOrMore,
    };

    private static readonly Option<string> Id = new("--id")
    {
        Description = "The relay's id of the message, as in its Received line and in the log.",
        HelpName = "ID",
    };

    private static readonly Option<string> MessageId = new("--message-id")
    {
        Description = "The Message-ID that the message carries.",
        HelpName = "ID",
    };

    private static readonly Option<string> Sender = new("--sender")
    {
        Description = "Who sent it: an address, a domain, or <> for the null sender.",
        HelpName = "ADDRESS|DOMAIN",
    };

    private static readonly Option<string> Recipient = new("--recipient")
    {
        Description = "One whom it was for: an address or a domain.",
        HelpName = "ADDRESS|DOMAIN",
    };

    private static readonly Option<TraceTime?> Since = new("--since")
    {
        Description = "Only what happened since then: 2026-11-24T16:00Z, or an age such as 45s, 30m, 2h, 7d.",
        HelpName = "TIME",
        CustomParser = ParseTime,
    };

    private static readonly Option<TraceTime?> Until = new("--until")
    {
        Description = "Only what happened until then.",
        HelpName = "TIME",
        CustomParser = ParseTime,
    };

    private static readonly Option<string> Output = new Option<string>("--output", "-o")
    {
        Description = "A table to read, or the lines as they were written.",
        DefaultValueFactory = _ => "table",
    }.AcceptOnlyFromAmong("table", "json");

    public static Command Create()
    {
        var command = new Command("trace", "Show what happened to a message, from its tracking.")
        {
            Sources, Id, MessageId, Sender, Recipient, Since, Until, Output,
        };
        command.SetAction((parsed, cancellationToken) => RunAsync(parsed, TimeProvider.System, cancellationToken));
        return command;
    }

    private static TraceTime? ParseTime(ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        if (TraceTime.TryParse(text, out var time))
        {
            return time;
        }

        result.AddError($"'{text}' is neither a time such as 2026-11-24T16:00:00Z nor an age such as 2h.");
        return null;
    }

    private static async Task<int> RunAsync(ParseResult parsed, TimeProvider time, CancellationToken cancellationToken)
    {
        using var termination = new TerminationSignal(cancellationToken);
        var output = parsed.InvocationConfiguration.Output;
        var error = parsed.InvocationConfiguration.Error;
        var now = time.GetUtcNow();
        var filter = new TraceFilter
        {
            Id = parsed.GetValue(Id),
            MessageId = parsed.GetValue(MessageId),
            Sender = parsed.GetValue(Sender),
            Recipient = parsed.GetValue(Recipient),
            Since = parsed.GetValue(Since)?.At(now) ?? DateTimeOffset.MinValue,
            Until = parsed.GetValue(Until)?.At(now) ?? DateTimeOffset.MaxValue,
        };
        try
        {
            using var input = await TraceInput.OpenAsync(parsed.GetRequiredValue(Sources), Console.OpenStandardInput, termination.Token);
            var found = await TraceSearch.RunAsync(input.Files, filter, termination.Token);
            Write(output, found, asJson: parsed.GetValue(Output) == "json");
            if (found.LeftOut > 0)
            {
                await error.WriteLineAsync($"relay trace: {found.LeftOut} more events are left out; look for less.");
            }

            if (found.Messages.IsEmpty)
            {
                await error.WriteLineAsync("relay trace: nothing is found.");
            }

            return found.Messages.IsEmpty ? 1 : 0;
        }
        catch (OperationCanceledException)
        {
            return 1;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            await error.WriteLineAsync($"relay trace: {exception.Message}");
            return 1;
        }
    }

    private static void Write(TextWriter output, TraceResult found, bool asJson)
    {
        foreach (var history in found.Messages)
        {
            if (!asJson)
            {
                TraceTable.Write(output, history);
                continue;
            }

            foreach (var entry in history)
            {
                output.WriteLine(entry.Json);
            }
        }
    }
}
