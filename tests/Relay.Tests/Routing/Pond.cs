using System.Globalization;
using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using RelayOperator.Api.Config;
using RelayOperator.Relay.Health;
using RelayOperator.Relay.Hubs;
using RelayOperator.Relay.Hubs.Tokens;
using RelayOperator.Relay.Routing;
using RelayOperator.Relay.Timing;
using RelayOperator.TestKit;

namespace RelayOperator.Relay.Tests.Routing;

/// <summary>Hubs that nobody connects to, on a clock that stands still until it is moved.</summary>
public sealed class Pond : IDisposable
{
    private readonly DeadlineSweep _sweep;
    private int _named;

    public Pond() => _sweep = new DeadlineSweep(Time);

    public FakeTimeProvider Time { get; } = new(DateTimeOffset.UnixEpoch);

    public HealthConfig Health { get; set; } = new(new ProbeConfig(ProbeDepth.Ehlo, 5, 5, 2, 2), new EjectionConfig(3, 10, 300));

    public int SlowStartSeconds { get; set; } = 30;

    /// <summary>A hub that probes have found healthy.</summary>
    public Hub Hub(Func<HubConfig, HubConfig>? change = null)
    {
        var hub = Unheard(change);
        hub.Health.ProbeSucceeded();
        return hub;
    }

    public Hub Unheard(Func<HubConfig, HubConfig>? change = null)
    {
        var config = TestRelay.Hub(string.Create(CultureInfo.InvariantCulture, $"ht{++_named}"), 25);
        config = change?.Invoke(config) ?? config;
        var endPoint = new DnsEndPoint("hub.test", 25);
        var connections = new HubConnectionPool(config, endPoint, "relay.test", _sweep, new HubTimeouts(), new AccessTokens(Time, NullLogger<AccessTokens>.Instance));
        return new Hub(config, config.Name, endPoint, new HubHealth(Health, SlowStartSeconds, Time), connections, Time);
    }

    public static Route Route(params Hub[] hubs) => new("default", [.. hubs], new WaitingLine());

    /// <summary>Probes condemn it.</summary>
    public void Down(Hub hub)
    {
        for (var i = 0; i < Health.Probe.Failures; i++)
        {
            hub.Health.ProbeFailed("gone");
        }
    }

    public void Pass(double seconds) => Time.Advance(TimeSpan.FromSeconds(seconds));

    public void Dispose() => _sweep.Dispose();
}
