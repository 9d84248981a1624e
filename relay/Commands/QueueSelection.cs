using System.Collections.Immutable;
using System.CommandLine;
using System.CommandLine.Parsing;
using RelayOperator.Relay.Spool;
using RelayOperator.Relay.Tools;

namespace RelayOperator.Relay.Commands;

/// <summary>Which messages a queue tool means: ids, or filters, of which a message has to match all, or every one.</summary>
internal static class QueueSelection
{
    private static readonly Argument<string[]> Ids = new("ID")
    {
        Description = "Ids of messages, as 'relay queue list' and the logs show them.",
        Arity = ArgumentArity.ZeroOrMore,
        Validators = { CheckIds },
    };

    private static readonly Option<string> Route = new("--route") { Description = "Messages that go by this route.", HelpName = "NAME" };
    private static readonly Option<string> Domain = new("--domain") { Description = "Messages to this domain.", HelpName = "DOMAIN" };
    private static readonly Option<string> Sender = new("--sender") { Description = "Messages whose sender contains this text.", HelpName = "TEXT" };

    private static readonly Option<string> State = new Option<string>("--state")
    {
        Description = "Messages with a recipient in this state.",
        HelpName = "STATE",
    }.AcceptOnlyFromAmong(Enum.GetNames<RecipientState>());

    private static readonly Option<TimeSpan?> OlderThan = Age("--older-than", "Messages that were received longer ago.");
    private static readonly Option<TimeSpan?> NewerThan = Age("--newer-than", "Messages that were received since.");
    private static readonly Option<bool> All = new("--all") { Description = "Every message." };

    private static readonly ImmutableArray<Option> Filters = [Route, Domain, Sender, State, OlderThan, NewerThan];

    public static void AddFiltersTo(Command command)
    {
        foreach (var option in Filters)
        {
            command.Add(option);
        }
    }

    /// <summary>Lets a command be told ids, filters or --all, one of which has to be there.</summary>
    public static void AddTo(Command command)
    {
        command.Add(Ids);
        AddFiltersTo(command);
        command.Add(All);
        command.Validators.Add(CheckOneKind);
    }

    /// <summary>What was selected; where nothing was, all.</summary>
    public static QueueRequest Read(ParseResult parsed, TimeProvider time)
    {
        var now = time.GetUtcNow();
        return new QueueRequest
        {
            Ids = parsed.CommandResult.GetResult(Ids) is null ? [] : [.. parsed.GetValue(Ids)!.Distinct(StringComparer.OrdinalIgnoreCase)],
            Filter = new QueueFilter
            {
                Route = parsed.GetValue(Route),
                Domain = parsed.GetValue(Domain)?.ToLowerInvariant(),
                Sender = parsed.GetValue(Sender),
                State = parsed.GetValue(State) is { } state ? Enum.Parse<RecipientState>(state) : null,
                Before = parsed.GetValue(OlderThan) is { } older ? now - older : null,
                After = parsed.GetValue(NewerThan) is { } newer ? now - newer : null,
            },
        };
    }

    private static Option<TimeSpan?> Age(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "AGE",
        CustomParser = AgeArgument.Parse,
    };

    private static void CheckIds(ArgumentResult result)
    {
        foreach (var token in result.Tokens)
        {
            if (!SpoolId.TryParse(token.Value, out _))
            {
                result.AddError($"'{token.Value}' is no id of a message: ids have 13 letters and digits, as 'relay queue list' shows them.");
            }
        }
    }

    private static void CheckOneKind(CommandResult result)
    {
        var ids = result.GetResult(Ids) is { Tokens.Count: > 0 };
        var filters = Filters.Any(option => result.GetResult(option) is not null);
        var all = result.GetResult(All) is { Implicit: false };
        if ((ids ? 1 : 0) + (filters ? 1 : 0) + (all ? 1 : 0) is var kinds && kinds != 1)
        {
            result.AddError(kinds == 0
                ? "Say which messages: ids, a filter such as --route, or --all."
                : "Ids, filters and --all do not go together.");
        }
    }
}
