using System.CommandLine;
using RelayOperator.Operator.Commands;

var root = new RootCommand("Turns RelayPools into relays behind one address.")
{
    RunCommand.Create(),
    UninstallCheckCommand.Create(),
};

// The command leaves in its own time: the library's default would cut it off after 2 s.
return await root.Parse(args).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null });
