using System.CommandLine;
using System.Net;

namespace RelayOperator.Relay.Commands;

/// <summary><c>relay run</c>: serves the pool of a file and applies its changes.</summary>
public static class RunCommand
{
    private static readonly Option<FileInfo> Pool = new("--pool")
    {
        Description = "YAML with one RelayPool, its HubTransports and Secrets; watched, changes apply within a second.",
        HelpName = "FILE",
        Required = true,
    };

    private static readonly Option<IPAddress> Bind = new("--bind")
    {
        Description = "Address that every listener of the pool binds.",
        HelpName = "ADDRESS",
        CustomParser = HostPort.ParseAddress,
        DefaultValueFactory = _ => IPAddress.Loopback,
    };

    private static readonly Option<IPEndPoint> Admin = new("--admin")
    {
        Description = "Where /healthz, /readyz, /metrics and /status are served.",
        HelpName = "ADDRESS:PORT",
        CustomParser = HostPort.ParseListen,
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

    private static readonly Option<string> Zone = new("--zone")
    {
        Description = "Zone this relay runs in, for balancing.preferSameZone.",
        DefaultValueFactory = _ => "",
    };

    public static Command Create() =>
        new("run", "Serve the pool of a file.") { Pool, Bind, Admin, LogFormat, Level, Zone };
}
