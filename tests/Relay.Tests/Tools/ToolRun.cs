using System.CommandLine;
using RelayOperator.Relay.Commands;
using RelayOperator.Relay.Spool;
using Xunit;

namespace RelayOperator.Relay.Tests.Tools;

/// <summary>What <c>relay queue</c> said, and how it ended.</summary>
public sealed record ToolRun(int Code, string Output, string Error)
{
    /// <summary>The first word of each line that begins with an id.</summary>
    public IReadOnlyList<string> Ids => [.. Output.Split('\n').Where(line => line.Length > 13 && SpoolId.TryParse(line[..13], out _)).Select(line => line[..13])];

    public static Task<ToolRun> StartAsync(string socket, params IEnumerable<string> arguments) => AnsweredAsync(null, socket, arguments);

    /// <summary>With somebody at the terminal who says something; null for no terminal.</summary>
    public static async Task<ToolRun> AnsweredAsync(string? said, string socket, params IEnumerable<string> arguments)
    {
        var confirmation = new Confirmation(new StringReader(said ?? ""), isTerminal: said is not null);
        var root = new RootCommand { QueueCommand.Create(confirmation) };
        await using var output = new StringWriter();
        await using var error = new StringWriter();
        var parsed = root.Parse(["queue", .. arguments, "--socket", socket]);
        var code = QueueCommand.ExitCode(parsed, await parsed.InvokeAsync(
            new InvocationConfiguration { Output = output, Error = error, ProcessTerminationTimeout = null }, TestContext.Current.CancellationToken));
        return new ToolRun(code, output.ToString(), error.ToString());
    }
}
