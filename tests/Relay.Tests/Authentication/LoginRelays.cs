using System.Text;
using Microsoft.Extensions.Logging;
using RelayOperator.Api.Config;
using RelayOperator.Relay.Tests.TransportSecurity;
using RelayOperator.TestKit;

namespace RelayOperator.Relay.Tests.Authentication;

/// <summary>Relays whose listener lets clients authenticate over STARTTLS.</summary>
public abstract class LoginRelays : TlsRelays
{
    protected const string Wrong = "535 5.7.8";

    /// <summary>A relay with these users; "app" with a bcrypt hash where there are none.</summary>
    protected Task<TestRelay> StartWithAsync(
        string users = "", bool isRequired = false, bool plaintext = false, Func<PoolConfig, PoolConfig>? change = null, ILoggerFactory? loggers = null) =>
        StartAsync(
            Tls(),
            change: config => (change ?? (same => same))(WithUsers(config, users.Length == 0 ? $"app:{TestUsers.Bcrypt}" : users, isRequired, plaintext)),
            loggers: loggers);

    protected static PoolConfig WithUsers(PoolConfig config, string users, bool isRequired = false, bool plaintext = false) =>
        config with { Listeners = [config.Listeners[0] with { Auth = new ListenerAuthConfig(isRequired, plaintext, users) }] };

    protected static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    protected static string Plain(string name, string password) => $"AUTH PLAIN {Base64($"\0{name}\0{password}")}";

    protected static Task<string> LogInAsync(SmtpWire client, string name = "app", string password = TestUsers.Password) => client.AskAsync(Plain(name, password));
}
