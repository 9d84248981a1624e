using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;
using RelayOperator.Api.Config;
using RelayOperator.TestKit;
using Xunit;

namespace RelayOperator.Relay.Tests.TransportSecurity;

/// <summary>Relays whose listener speaks TLS, in front of one hub.</summary>
public abstract class TlsRelays : IAsyncDisposable
{
    protected ScriptedHub Hub { get; } = new();

    protected TestAuthority Authority { get; } = new();

    public async ValueTask DisposeAsync()
    {
        await Hub.DisposeAsync();
        Authority.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>TLS with certificates for these names, one each.</summary>
    protected ListenerTlsConfig Tls(params string[] names) =>
        new(IsRequired: false, TlsVersion.Tls12, [.. (names.Length == 0 ? ["relay.test"] : names).Select(name => Pair(name))], "");

    protected KeyPairConfig Pair(params string[] names)
    {
        var (certificate, key) = Authority.IssuePem(names);
        return new KeyPairConfig(certificate, key);
    }

    /// <summary>A relay with this TLS, which the first access rule and limits may be changed of.</summary>
    protected Task<TestRelay> StartAsync(
        ListenerTlsConfig tls, ListenerProtocol protocol = ListenerProtocol.SMTP, Func<PoolConfig, PoolConfig>? change = null, ILoggerFactory? loggers = null) =>
        TestRelay.StartAsync([Hub], config => (change ?? (same => same))(With(config, tls, protocol)), loggers: loggers);

    protected static PoolConfig With(PoolConfig config, ListenerTlsConfig? tls, ListenerProtocol protocol = ListenerProtocol.SMTP) =>
        config with { Listeners = [config.Listeners[0] with { Protocol = protocol, Tls = tls }] };

    protected static PoolConfig Certified(PoolConfig config, params string[] names) =>
        config with { Access = [config.Access[0] with { ClientCertificates = [.. names] }] };

    /// <summary>A client that has said EHLO, gone over to TLS and said EHLO again.</summary>
    protected static async Task<SmtpWire> SecuredAsync(TestRelay relay, SslClientAuthenticationOptions? options = null)
    {
        var wire = await relay.GreetAsync();
        await wire.StartTlsAsync(options);
        await wire.AskAsync("EHLO client.test");
        return wire;
    }

    protected static SslClientAuthenticationOptions Client(string name = "relay.test", X509Certificate2? certificate = null, SslProtocols versions = SslProtocols.None) => new()
    {
        TargetHost = name,
        EnabledSslProtocols = versions,
        ClientCertificates = certificate is null ? [] : [certificate],
        LocalCertificateSelectionCallback = certificate is null ? null : (_, _, _, _, _) => certificate,
    };

    protected static async Task<string[]> MetricsAsync(TestRelay relay, string name) =>
        [.. (await relay.MetricsAsync()).Split('\n').Where(line => line.StartsWith(name, StringComparison.Ordinal) && !line.EndsWith(" 0", StringComparison.Ordinal))];

    protected static void AssertReply(string expected, string reply) => Assert.StartsWith(expected, reply, StringComparison.Ordinal);
}
