using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;
using RelayOperator.TestKit;
using Xunit;

namespace RelayOperator.EndToEnd.Tests.Clients;

/// <summary>
/// A hub, a relay process with a listener of every kind, and HAProxy in front of those that take PROXY headers. HAProxy
/// connects from <see cref="Balancer"/>, which no access rule covers, so that its clients are served as themselves or not at all.
/// </summary>
[UnsupportedOSPlatform("windows")]
public sealed class ClientLine : IAsyncLifetime
{
    private const string Balancer = "127.0.0.9";

    private readonly TestAuthority _authority = new();
    private readonly TempFolder _folder = new();
    private readonly int _smtps = FreePort.Next();
    private readonly (string Listener, int Port)[] _behindProxy = [("proxied", FreePort.Next()), ("proxied-smtps", FreePort.Next())];
    private readonly Dictionary<(string Option, string Listener), int> _balanced = [];
    private RelayProcess _relay = null!;
    private ChildProcess _haproxy = null!;

    public ScriptedHub Hub { get; } = new();

    /// <summary>File with the authority's certificate.</summary>
    public string Authority => _folder.File("ca.pem");

    /// <summary>File with a message.</summary>
    public string Message => _folder.File("message");

    public async ValueTask InitializeAsync()
    {
        await File.WriteAllTextAsync(Authority, _authority.Pem);
        await File.WriteAllTextAsync(Message, "From: App <app@corp.example>\nTo: User <user@corp.example>\nSubject: by whatever way\n\nHello\n".ReplaceLineEndings("\r\n"));
        _relay = await RelayProcess.StartAsync([Hub.Port]);
        await File.WriteAllTextAsync(_relay.PoolFile, Pool());
        await ListensAsync(_smtps);
        await StartHaproxyAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _haproxy.DisposeAsync();
        await _relay.DisposeAsync();
        await Hub.DisposeAsync();
        _authority.Dispose();
        _folder.Dispose();
    }

    /// <summary>The listener that serves such a connection.</summary>
    /// <param name="security">How it is secured.</param>
    /// <param name="option">What HAProxy's server line says to have a PROXY header sent; "" for no HAProxy.</param>
    public static string Listener(Security security, string option) => (security == Security.Smtps, option.Length == 0) switch
    {
        (false, true) => "smtp",
        (true, true) => "smtps",
        (false, false) => "proxied",
        (true, false) => "proxied-smtps",
    };

    /// <summary>Where to connect for it.</summary>
    public int Port(Security security, string option) =>
        option.Length != 0 ? _balanced[(option, Listener(security, option))] : security == Security.Smtps ? _smtps : _relay.Port;

    /// <summary>The relay's log line of the transaction of a sender.</summary>
    public async Task<string> LoggedAsync(string sender)
    {
        string? line = null;
        await Eventually.True(() => (line = _relay.Process.Output.FirstOrDefault(text => text.Contains($"from=<{sender}>", StringComparison.Ordinal))) is not null, $"the transaction of {sender} is logged");
        return line!;
    }

    private async Task StartHaproxyAsync()
    {
        var balanced =
            from option in (string[])["send-proxy", "send-proxy-v2"]
            from listener in _behindProxy
            select (option, Name: listener.Listener, At: FreePort.Next(), To: listener.Port);
        var lines = balanced.ToList();
        lines.ForEach(line => _balanced[(line.option, line.Name)] = line.At);
        await File.WriteAllTextAsync(
            _folder.File("haproxy.cfg"),
            "defaults\n  mode tcp\n  timeout connect 5s\n  timeout client 30s\n  timeout server 30s\n"
            + string.Concat(lines.Select(line => $"listen {line.Name}-{line.option}\n  bind 127.0.0.1:{line.At}\n  server relay 127.0.0.1:{line.To} {line.option} source {Balancer}\n")));
        _haproxy = ChildProcess.Start("haproxy", ["-db", "-f", _folder.File("haproxy.cfg")]);
        foreach (var line in lines)
        {
            await ListensAsync(line.At);
        }
    }

    private static Task ListensAsync(int port) => Eventually.True(
        async () =>
        {
            try
            {
                using var wire = await SmtpWire.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port));
                return true;
            }
            catch (SocketException)
            {
                return false;
            }
        },
        $"something listens at {port}",
        20);

    private string Pool()
    {
        const string Auth = "auth: { mode: Optional, usersSecretRef: { name: users }, allowPlaintext: true }";
        const string Tls = "tls: { mode: Optional, secretRef: { name: pair } }, " + Auth;
        const string Proxy = $"proxyProtocol: {{ mode: Required, trustedCIDRs: [{Balancer}/32] }}";
        return SecretPool.Of(
            [
                $"{{ name: smtp, port: {_relay.Port}, {Tls} }}",
                $"{{ name: smtps, port: {_smtps}, protocol: SMTPS, {Tls} }}",
                $"{{ name: proxied, port: {_behindProxy[0].Port}, {Tls}, {Proxy} }}",
                $"{{ name: proxied-smtps, port: {_behindProxy[1].Port}, protocol: SMTPS, {Tls}, {Proxy} }}",
            ],
            "{ name: local, clientCIDRs: [127.0.0.1/32] }",
            Hub.Port,
            [.. SecretPool.Pair("pair", _authority.IssuePem("localhost")), ("users", "users", $"{SendOrder.User}:{LoginClientTests.Bcrypt}")]);
    }
}
