using System.CommandLine;
using RelayOperator.Bench.Measuring;
using RelayOperator.Bench.Scenarios;

var runs = new Option<int>("--runs") { Description = "Interleaved runs per peer; the median counts.", DefaultValueFactory = _ => 7 };
var names = new Option<string[]>("--scenario")
{
    Description = "What to measure; everything if left out.",
    AllowMultipleArgumentsPerToken = true,
};
names.AcceptOnlyFromAmong([.. Scenario.All.Select(scenario => scenario.Name)]);
var command = new RootCommand("Measures the relay side by side with its peers.") { runs, names };
command.SetAction(async (arguments, cancellationToken) =>
{
    var wanted = arguments.GetValue(names);
    var met = true;
    Console.WriteLine(Machine.Line());
    foreach (var scenario in Scenario.All.Where(scenario => wanted is null or [] || wanted.Contains(scenario.Name, StringComparer.Ordinal)))
    {
        Console.Error.WriteLine($"{scenario.Name}: {scenario.Title}");
        var verdicts = await scenario.RunAsync(arguments.GetValue(runs), cancellationToken);
        met &= verdicts.All(verdict => verdict.Met);
    }

    return met ? 0 : 1;
});
return await command.Parse(args).InvokeAsync();
