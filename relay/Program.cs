using System.CommandLine;
using RelayOperator.Relay.Commands;

var root = new RootCommand("One SMTP address in front of many hubs. Start with: relay run --pool examples/quickstart.yaml")
{
    RunCommand.Create(),
    SinkCommand.Create(),
    SendCommand.Create(),
    ProbeCommand.Create(),
    QueueCommand.Create(),
    TraceCommand.Create(),
    CheckCommand.Create(),
};

// Each command ends in its own time (see TerminationSignal): the library's default would cut a leaving relay off after 2 s.
var parsed = root.Parse(args);
return QueueCommand.ExitCode(parsed, await parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null }));
