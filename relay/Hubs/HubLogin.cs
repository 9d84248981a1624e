using System.Net;
using System.Text;
using MailKit.Security;
using RelayOperator.Api.Config;

namespace RelayOperator.Relay.Hubs;

/// <summary>AUTH towards a hub (RFC 4954): MailKit's mechanisms, our wire. The password appears nowhere else.</summary>
public static class HubLogin
{
    /// <summary>The mechanism that takes an access token, as Google and Microsoft describe it.</summary>
    public const string XOAuth2 = "XOAUTH2";

    private const int MaxRounds = 8;
    private const int MaxCommand = 512; // RFC 4954 §4: AUTH keeps to RFC 5321 §4.5.3.1.4, responses do not.

    // What Auto tries, the strongest first. XOAUTH2 and NTLM are never guessed: their secrets are no passwords.
    private static readonly string[] Preferred = ["SCRAM-SHA-256", "SCRAM-SHA-1", "PLAIN", "LOGIN"];

    /// <summary>Logs in; a 2xx reply means that it worked.</summary>
    public static async ValueTask<HubAnswer> LogInAsync(
        HubConnection connection, HubCredentialsConfig credentials, string host, CancellationToken cancellationToken)
    {
        if (Mechanism(credentials, connection.Capabilities, host) is not { } mechanism)
        {
            return HubFault.AuthFailed;
        }

        try
        {
            var line = $"AUTH {mechanism.MechanismName}";
            var initial = mechanism.SupportsInitialResponse ? await mechanism.ChallengeAsync("", cancellationToken) : null;
            if (initial is not null && line.Length + initial.Length + " \r\n".Length <= MaxCommand)
            {
                line = $"{line} {Initial(initial)}";
                initial = null;
            }

            for (var round = 0; round < MaxRounds; round++)
            {
                var fault = await connection.WriteAsync(Encoding.ASCII.GetBytes(line + "\r\n"), cancellationToken);
                if (fault != HubFault.None)
                {
                    return fault;
                }

                var answer = await connection.ReadReplyAsync(HubPhase.Auth, cancellationToken);
                if (answer is not { Reply.Code: 334 })
                {
                    return answer;
                }

                line = initial ?? await mechanism.ChallengeAsync(answer.Reply.Lines[0].Trim(), cancellationToken);
                initial = null;
            }
        }
        catch (Exception e) when (e is SaslException or FormatException or NotSupportedException)
        {
            // The hub's challenge makes no sense; the message may quote what must not be logged.
        }

        return HubFault.AuthFailed;
    }

    private static string Initial(string response) => response.Length == 0 ? "=" : response;

    private static SaslMechanism? Mechanism(HubCredentialsConfig credentials, HubCapabilities hub, string host)
    {
        var login = new NetworkCredential(credentials.UserName, credentials.Password);
        var uri = new Uri($"smtp://{host}");
        switch (credentials.Mechanism)
        {
            case SaslMechanismName.Auto:
                foreach (var name in Preferred)
                {
                    if (hub.AuthMechanisms.Contains(name))
                    {
                        return SaslMechanism.Create(name, Encoding.UTF8, login);
                    }
                }

                return null;
            case SaslMechanismName.XOAuth2:
                return Offered(hub, XOAuth2, () => new SaslMechanismOAuth2(login));
            case SaslMechanismName.Ntlm:
                return Offered(hub, "NTLM", () => new SaslMechanismNtlm(login));
            case SaslMechanismName.ScramSha256:
                return Offered(hub, "SCRAM-SHA-256", () => new SaslMechanismScramSha256(login));
            case SaslMechanismName.ScramSha1:
                return Offered(hub, "SCRAM-SHA-1", () => new SaslMechanismScramSha1(login));
            case SaslMechanismName.Login:
                return Offered(hub, "LOGIN", () => new SaslMechanismLogin(login));
            default:
                return Offered(hub, "PLAIN", () => new SaslMechanismPlain(login));
        }
    }

    private static SaslMechanism? Offered(HubCapabilities hub, string name, Func<SaslMechanism> create) =>
        hub.AuthMechanisms.Contains(name) ? create() : null;
}
