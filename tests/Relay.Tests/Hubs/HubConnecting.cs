using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using RelayOperator.Api.Config;
using RelayOperator.Relay.Hubs;
using RelayOperator.Relay.Hubs.Tokens;
using RelayOperator.Relay.Timing;
using RelayOperator.TestKit;
using Xunit;

namespace RelayOperator.Relay.Tests.Hubs;

/// <summary>One hub with TLS, and connections to it as the relay makes them.</summary>
public abstract class HubConnecting : IAsyncDisposable
{
    private readonly DeadlineSweep _sweep = new(TimeProvider.System);

    protected TestAuthority Authority { get; } = new();

    protected ScriptedHub Hub { get; } = new();

    /// <summary>What all connections of the test share.</summary>
    protected AccessTokens Tokens { get; } = new(TimeProvider.System, NullLogger<AccessTokens>.Instance);

    public virtual async ValueTask DisposeAsync()
    {
        await Hub.DisposeAsync();
        _sweep.Dispose();
        Authority.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>TLS as one of the modes, trusting the authority of the test.</summary>
    protected HubTlsConfig Tls(HubTlsMode mode, string serverName = "") => new(mode, serverName, Authority.Pem, "", "");

    protected HubConnector Connector(HubTlsConfig tls, HubCredentialsConfig? credentials = null) =>
        new(
            TestRelay.Hub("ht1", Hub.Port) with { Tls = tls, Credentials = credentials },
            new IPEndPoint(IPAddress.Loopback, Hub.Port), "relay.test", _sweep, new HubTimeouts(), Tokens);

    protected Task<ProbeReport> ProbeAsync(ProbeDepth depth, HubTlsConfig tls, HubCredentialsConfig? credentials = null) =>
        HubProbe.RunAsync(
            Connector(tls, credentials), depth, TimeProvider.System, TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken).AsTask();
}
