using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using RelayOperator.Api.Config;
using RelayOperator.Relay;
using RelayOperator.Relay.Admin;
using RelayOperator.Relay.Hubs;

namespace RelayOperator.TestKit;

/// <summary>A relay in this process, on free ports of 127.0.0.1, in front of the given hubs.</summary>
public sealed class TestRelay : IAsyncDisposable
{
    private static readonly HttpClient Http = new();

    private readonly RelayHost _host;

    private TestRelay(RelayHost host, PoolConfig config)
    {
        _host = host;
        Config = config;
    }

    public PoolConfig Config { get; private set; }

    public RelayHost Host => _host;

    public EndPoint Address => _host.Listeners["smtp"];

    public RelayStatus Status => _host.Status();

    public static async Task<TestRelay> StartAsync(
        IEnumerable<ScriptedHub> hubs, Func<PoolConfig, PoolConfig>? change = null, HubTimeouts? timeouts = null, ILoggerFactory? loggers = null, string? tempFolder = null, string? spoolFolder = null)
    {
        var config = Pool(hubs.Select((hub, i) => Hub(string.Create(CultureInfo.InvariantCulture, $"ht{i + 1}"), hub.Port)));
        config = spoolFolder is null ? config : config with { Spool = new SpoolConfig(1L << 30, "") };
        config = change?.Invoke(config) ?? config;
        var options = new RelayOptions(IPAddress.Loopback, new IPEndPoint(IPAddress.Loopback, 0), tempFolder ?? Path.GetTempPath(), "0.0.0") 
        {
            SpoolFolder = spoolFolder ?? "",
            LoginTarpit = TimeSpan.FromMilliseconds(20),
            HandOver = spoolFolder is null ? null : new IPEndPoint(IPAddress.Loopback, 0),
        };
        var relay = new TestRelay(new RelayHost(options, config, timeouts ?? new HubTimeouts(), TimeProvider.System, loggers ?? NullLoggerFactory.Instance), config);
        if (await relay._host.StartAsync() is { } refusal)
        {
            throw new InvalidOperationException(refusal);
        }

        return relay;
    }

    /// <summary>Changes the configuration of the running relay.</summary>
    public async Task ApplyAsync(Func<PoolConfig, PoolConfig> change)
    {
        Config = change(Config);
        if (await _host.ApplyAsync(Config) is { } refusal)
        {
            throw new InvalidOperationException(refusal);
        }
    }

    /// <summary>What /metrics says.</summary>
    public Task<string> MetricsAsync() => Http.GetStringAsync(new Uri($"{_host.AdminAddress}/metrics"));

    /// <summary>A client that has read the greeting.</summary>
    public async Task<SmtpWire> ConnectAsync(IPAddress? from = null)
    {
        var wire = await SmtpWire.ConnectAsync(Address, from);
        await wire.ReplyAsync();
        return wire;
    }

    /// <summary>A client that has said EHLO.</summary>
    public async Task<SmtpWire> GreetAsync()
    {
        var wire = await ConnectAsync();
        await wire.AskAsync("EHLO client.test");
        return wire;
    }

    public HubStatus HubStatus(string name) => Status.Hubs.Single(hub => hub.Name == name);

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    public static HubConfig Hub(string name, int port) => new()
    {
        Name = name,
        Host = "127.0.0.1",
        Port = port,
        Discovery = HubDiscovery.Static,
        Weight = 100,
        Tier = 0,
        Zone = "",
        State = HubAdministrativeState.Active,
        Tls = new HubTlsConfig(HubTlsMode.Disabled, "", "", "", ""),
        Credentials = null,
        SendXclient = false,
        Limits = new HubLimitsConfig(20, 0, 500, 540),
    };

    public static PoolConfig Pool(IEnumerable<HubConfig> hubs)
    {
        var all = hubs.ToImmutableArray();
        return new PoolConfig
        {
            Name = "corp",
            Namespace = "mail",
            Uid = "11111111-2222-3333-4444-555555555555",
            HeloName = "relay.test",
            Postmaster = "",
            Listeners = [new ListenerConfig("smtp", 0, ListenerProtocol.SMTP)],
            Access = [Rule("local", "127.0.0.0/8")],
            Hubs = all,
            Routes = [new RouteConfig("default", [], [.. all.Select(hub => hub.Name)])],
            Balancing = new BalancingConfig(BalancingPolicy.RoundRobin, 32, 64, true, 0),
            // Probes hardly ever, so that a test says what happens.
            Health = new HealthConfig(new ProbeConfig(ProbeDepth.Ehlo, 3600, 5, 2, 2), new EjectionConfig(3, 10, 300)),
            Delivery = new DeliveryConfig(DeliveryMode.CutThrough, [60], 172800, 14400, 100, NotificationMode.Sender),
            Limits = new LimitsConfig(200, 100, 100, 10_000_000, 0, 30, 64 << 20, 256 << 20),
            DrainSeconds = 0,
            TerminationGraceSeconds = 30,
            Hash = "0",
        };
    }

    public static AccessRuleConfig Rule(string name, params string[] cidrs) => new()
    {
        Name = name,
        ClientCidrs = [.. cidrs.Select(cidr => IPNetwork.Parse(cidr))],
        RecipientDomains = [],
        SenderDomains = [],
        MaxMessageBytes = 10_000_000,
        MaxRecipients = 100,
        MaxConnections = 100,
        MessagesPerMinute = 0,
        BareLineEndings = BareLineEndings.Reject,
        Route = "",
    };
}
