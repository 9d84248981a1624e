using System.CommandLine;
using System.Net;
using System.Reflection;
using RelayOperator.Api;
using RelayOperator.Relay.Admin;
using RelayOperator.Relay.Hubs;
using RelayOperator.Relay.Logging;
using RelayOperator.Relay.Settings;
using RelayOperator.Relay.Tools;

namespace RelayOperator.Relay.Commands;

/// <summary><c>relay run</c>: serves the pool of a file, or in a pod that of its Secret, and applies its changes.</summary>
public static class RunCommand
{
    private const int Failed = 1;
    private const int BadConfiguration = 2;

    private static readonly Option<FileInfo> Pool = new("--pool")
    {
        Description = "YAML with one RelayPool, its HubTransports and Secrets; watched, changes apply within a second. Left out in a pod, where the environment tells the rest.",
        HelpName = "FILE",
    };

    private static readonly Option<IPAddress> Bind = new("--bind")
    {
        Description = "Address that every listener of the pool binds.",
        HelpName = "ADDRESS",
        CustomParser = AddressArgument.Address,
        DefaultValueFactory = _ => IPAddress.Loopback,
    };

    private static readonly Option<IPEndPoint> Admin = new("--admin")
    {
        Description = "Where /healthz, /readyz, /metrics and /status are served.",
        HelpName = "ADDRESS:PORT",
        CustomParser = AddressArgument.Listen,
        DefaultValueFactory = _ => new IPEndPoint(IPAddress.Loopback, 9025),
    };

    private static readonly Option<string> LogFormat = new Option<string>("--log-format")
    {
        Description = "Form of the log lines.",
        DefaultValueFactory = _ => "text",
    }.AcceptOnlyFromAmong("text", "json");

    private static readonly Option<LogLevel> Level = new("--log-level")
    {
        Description = "Least severe level that is logged.",
        DefaultValueFactory = _ => LogLevel.Information,
    };

    private static readonly Option<string> Temp = new("--temp")
    {
        Description = "Folder for bodies that are too large for memory; they have no name there.",
        HelpName = "DIR",
        DefaultValueFactory = _ => Path.GetTempPath(),
    };

    private static readonly Option<string> Spool = new("--spool")
    {
        Description = "Folder for mail that no hub takes, where the pool has a spool; on a local disk, each relay its own.",
        HelpName = "DIR",
        DefaultValueFactory = _ => "",
    };

    private static readonly Option<string> Socket = new("--socket")
    {
        Description = $"Unix socket that 'relay queue' talks to, where the pool has a spool; default: {SocketPath.FileName} in the spool's folder.",
        HelpName = "PATH",
        DefaultValueFactory = _ => "",
    };

    private static readonly Option<string> Track = new("--track")
    {
        Description = "Message tracking: a folder for its files, or - for standard output; see relay trace.",
        HelpName = "DIR|-",
        DefaultValueFactory = _ => "",
    };

    private static readonly Option<string> Zone = new("--zone")
    {
        Description = "Zone this relay runs in, for balancing.preferSameZone.",
        DefaultValueFactory = _ => "",
    };

    public static Command Create()
    {
        var command = new Command("run", "Serve the pool of a file, or in a pod that of its Secret.") { Pool, Bind, Admin, LogFormat, Level, Zone, Temp, Spool, Socket, Track };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        ServeSocketsInline();
        if (arguments.GetValue(Pool) is not { } file)
        {
            return await RunInPodAsync(arguments, cancellationToken);
        }

        var path = file.FullName;
        var print = FilePrint.Of(path);
        var loaded = PoolFile.Load(path);
        if (loaded.Config is null)
        {
            foreach (var fault in loaded.Faults)
            {
                await Console.Error.WriteLineAsync(fault.ToString());
            }

            await Console.Error.WriteLineAsync($"{path}: {loaded.Faults.Length} faults, nothing is served.");
            return BadConfiguration;
        }

        var config = loaded.Config with { Zone = arguments.GetValue(Zone)! };
        using var loggers = Loggers(arguments);
        var logger = loggers.CreateLogger("relay");
        foreach (var notice in loaded.Notices)
        {
            LogMessages.Notice(logger, notice);
        }

        using var traces = RelayTelemetry.Start(config.Name);
        var options = new RelayOptions(arguments.GetValue(Bind)!, arguments.GetValue(Admin)!, arguments.GetValue(Temp)!, Version)
        {
            SpoolFolder = arguments.GetValue(Spool)!,
            Socket = arguments.GetValue(Socket)!,
            Tracking = arguments.GetValue(Track)!,
        };
        await using var host = new RelayHost(options, config, new HubTimeouts(), TimeProvider.System, loggers);
        var watcher = new PoolFileWatcher(path, print, next => host.ApplyAsync(next with { Zone = config.Zone }), TimeProvider.System, loggers.CreateLogger<PoolFileWatcher>());
        host.ConfigFaults = () => watcher.Faults;
        if (await host.StartAsync() is { } refusal)
        {
            await Console.Error.WriteLineAsync(refusal);
            return Failed;
        }

        LogMessages.Admin(logger, host.AdminAddress);
        await ServeAsync(host, watcher, TimeSpan.FromSeconds(Math.Max(5, config.TerminationGraceSeconds - 30)), cancellationToken);
        return 0;
    }

    private static async Task<int> RunInPodAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        if (PodSettings.Read(Environment.GetEnvironmentVariable, out var faults) is not { } pod)
        {
            await Console.Error.WriteLineAsync($"Give --pool FILE, or in a pod the environment that the operator sets:\n{string.Join('\n', faults)}");
            return BadConfiguration;
        }

        using var loggers = Loggers(arguments);
        return await PodRun.RunAsync(pod, Version, loggers, cancellationToken);
    }

    private static ILoggerFactory Loggers(ParseResult arguments) =>
        RelayLogging.Create(arguments.GetValue(Level), arguments.GetValue(LogFormat) == "json", TimeProvider.System);

    private static string Version => Assembly.GetExecutingAssembly().GetName().Version!.ToString(3);

    private static async Task ServeAsync(RelayHost host, PoolFileWatcher watcher, TimeSpan grace, CancellationToken cancellationToken)
    {
        using var signal = new TerminationSignal(cancellationToken);
        await watcher.RunAsync(signal.Token);
        await host.LeaveAsync(grace);
    }

    // Continuations run on the threads that wait for socket events, one per core, as in an event loop: per message that
    // saves more CPU than all the relay's own code takes. Read by the runtime when the first socket is made.
    private static void ServeSocketsInline()
    {
        const string Variable = "DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS";
        if (Environment.GetEnvironmentVariable(Variable) is null)
        {
            Environment.SetEnvironmentVariable(Variable, "1");
        }
    }
}
