using System.Collections.Immutable;
using System.CommandLine;
using System.Globalization;
using System.CommandLine.Parsing;
using System.Net;
using System.Net.Sockets;
using System.Reflection;
using System.Runtime.InteropServices;
using Prometheus;
using RelayOperator.Api;
using RelayOperator.Operator.Admin;

namespace RelayOperator.Operator.Commands;

/// <summary><c>operator run</c>: serves the RelayPools of a cluster.</summary>
public static class RunCommand
{
    private const int Failed = 1;

    internal static readonly Option<string[]> Namespaces = new("--namespaces")
    {
        Description = "Namespaces that are served, parted by commas. Default: all.",
        CustomParser = result => result.Tokens.SelectMany(token => token.Value.Split(',', StringSplitOptions.RemoveEmptyEntries)).ToArray(),
    };

    private static readonly Option<string> LeaseNamespace = new("--leader-election-namespace")
    {
        Description = "Namespace of the Lease that one of several operators holds.",
        DefaultValueFactory = _ => Variable("POD_NAMESPACE", "default"),
    };

    private static readonly Option<string> RelayImage = new("--relay-image") { Description = "Image of relay pods whose pool names none.", Required = true };

    private static readonly Option<int> Rollouts = new("--max-concurrent-rollouts")
    {
        Description = "Pools whose pods are replaced at a time after an upgrade.",
        DefaultValueFactory = _ => 3,
        CustomParser = result =>
        {
            if (int.TryParse(result.Tokens[0].Value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0)
            {
                return number;
            }

            result.AddError($"--max-concurrent-rollouts must be 1 or more, not {result.Tokens[0].Value}.");
            return 0;
        },
    };

    private static readonly Option<ImmutableSortedDictionary<string, string>> PrometheusNamespaces = Selector("--prometheus-namespace-selector", "namespace");

    private static readonly Option<ImmutableSortedDictionary<string, string>> PrometheusPods = Selector("--prometheus-pod-selector", "pods");

    private static readonly Option<ImmutableArray<string>> PodNetworks = new("--pod-networks")
    {
        Description = "Networks of the cluster's pods, parted by commas, where the nodes do not tell (spec.podCIDRs).",
        HelpName = "CIDR,CIDR",
        CustomParser = NetworksOf,
        DefaultValueFactory = _ => [],
    };

    private static readonly Option<IPEndPoint> Admin = new("--admin")
    {
        Description = "Where /healthz, /readyz and /metrics are served.",
        HelpName = "ADDRESS:PORT",
        CustomParser = Listen,
        DefaultValueFactory = _ => new IPEndPoint(IPAddress.IPv6Any, 9080),
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

    public static Command Create()
    {
        var command = new Command("run", "Serve the RelayPools of a cluster.")
        {
            Namespaces, LeaseNamespace, RelayImage, Rollouts, PrometheusNamespaces, PrometheusPods, PodNetworks, Admin, LogFormat, Level,
        };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        using var loggers = OperatorLogging.Create(arguments.GetValue(Level), arguments.GetValue(LogFormat) == "json");
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Leave);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Leave);
        using var connection = new ClusterConnection();
        using var traces = OperatorTelemetry.Start();
        Metrics.SuppressDefaultMetrics();
        var options = new OperatorOptions
        {
            Namespaces = [.. arguments.GetValue(Namespaces) ?? []],
            LeaseNamespace = arguments.GetValue(LeaseNamespace)!,
            MostRollouts = arguments.GetValue(Rollouts),
            Identity = $"{Variable("POD_NAME", Environment.MachineName)}_{Guid.NewGuid():N}",
        };
        var settings = new OperatorSettings
        {
            RelayImage = arguments.GetRequiredValue(RelayImage),
            Version = Assembly.GetExecutingAssembly().GetName().Version!.ToString(3),
            Namespace = Variable("POD_NAMESPACE", options.LeaseNamespace),
            PodLabels = Labels(Variable("POD_LABELS", "app.kubernetes.io/name=relay-operator")),
            Labels = Labels(Variable("OBJECT_LABELS", "")),
            PrometheusNamespaceSelector = arguments.GetValue(PrometheusNamespaces)!,
            PrometheusPodSelector = arguments.GetValue(PrometheusPods)!,
            PodNetworks = arguments.GetValue(PodNetworks),
        };
        var registry = Metrics.NewCustomRegistry();
        var host = new OperatorHost(connection.Client, options, settings, registry, TimeProvider.System, loggers);
        await using var server = await ServeAsync(arguments.GetRequiredValue(Admin), registry, host, loggers);
        if (server is null)
        {
            return Failed;
        }

        // A process that lost the lead believes in an old cluster: it ends, and begins anew.
        return await host.RunAsync(stop.Token) ? 0 : Failed;

        void Leave(PosixSignalContext context)
        {
            context.Cancel = true;
            stop.Cancel();
        }
    }

    private static async Task<OperatorServer?> ServeAsync(IPEndPoint address, CollectorRegistry registry, OperatorHost host, ILoggerFactory loggers)
    {
        try
        {
            return await OperatorServer.StartAsync(address, registry, () => host.IsReady, loggers);
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            await Console.Error.WriteLineAsync($"Cannot listen on {address}: {e.Message}");
            return null;
        }
    }

    private static IPEndPoint? Listen(ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        if (HostPort.Parse(text)?.EndPoint() is { } address)
        {
            return address;
        }

        result.AddError($"'{text}' is not ADDRESS:PORT, such as [::]:9080, 0.0.0.0:9080 or 127.0.0.1:9080.");
        return null;
    }

    private static ImmutableArray<string> NetworksOf(ArgumentResult result)
    {
        var networks = ImmutableArray.CreateBuilder<string>();
        foreach (var text in result.Tokens.SelectMany(token => token.Value.Split(',', StringSplitOptions.RemoveEmptyEntries)))
        {
            if (IPNetwork.TryParse(text, out _))
            {
                networks.Add(text);
            }
            else
            {
                result.AddError($"'{text}' is no network such as 10.244.0.0/16.");
            }
        }

        return networks.ToImmutable();
    }

    private static Option<ImmutableSortedDictionary<string, string>> Selector(string name, string what) => new(name)
    {
        Description = $"Labels of Prometheus' {what}, as key=value parted by commas.",
        CustomParser = result => Labels(string.Join(',', result.Tokens.Select(token => token.Value))),
        DefaultValueFactory = _ => Labels(""),
    };

    private static ImmutableSortedDictionary<string, string> Labels(string text) =>
        text.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(pair => pair.Split('=', 2))
            .ToImmutableSortedDictionary(pair => pair[0], pair => pair.ElementAtOrDefault(1) ?? "", StringComparer.Ordinal);

    private static string Variable(string name, string otherwise) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : otherwise;
}
