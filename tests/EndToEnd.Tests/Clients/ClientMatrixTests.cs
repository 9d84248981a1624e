using System.Runtime.Versioning;
using Xunit;

namespace RelayOperator.EndToEnd.Tests.Clients;

/// <summary>
/// Clients that others wrote, each in the clear, by STARTTLS and by SMTPS, with and without a login, to the relay itself and
/// through HAProxy with PROXY headers of both versions.
/// </summary>
[UnsupportedOSPlatform("windows")]
[Collection("one at a time")]
public sealed class ClientMatrixTests(ClientLine line) : IClassFixture<ClientLine>
{
    public static TheoryData<string, Security, string> Cases
    {
        get
        {
            var cases =
                from client in (string[])["swaks", "curl", "smtplib", "nodemailer", "MailKit", "msmtp", "openssl"]
                from security in Enum.GetValues<Security>()
                where client != "openssl" || security != Security.None
                from mechanism in (string[])["", security == Security.StartTls ? "LOGIN" : "PLAIN"]
                select (client, security, mechanism);
            return [.. cases];
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task A_client_delivers_directly_and_behind_HAProxy(string client, Security security, string mechanism) =>
        await Task.WhenAll(((string[])["", "send-proxy", "send-proxy-v2"]).Select(option => DeliversAsync(client, security, mechanism, option)));

    private async Task DeliversAsync(string client, Security security, string mechanism, string option)
    {
        var sender = $"{client}-{security}-{mechanism}-{option}@corp.example";

        var said = await PublishedClients.SendAsync(client, new SendOrder(line.Port(security, option), security, mechanism, sender, line.Authority, line.Message));

        Assert.True(said.Length == 0, said);
        var message = Assert.Single(line.Hub.Messages, message => message.Mail.StartsWith($"MAIL FROM:<{sender}>", StringComparison.Ordinal));
        Assert.Equal([$"RCPT TO:<{SendOrder.Recipient}>"], message.Recipients);
        Assert.EndsWith("\r\n\r\nHello", message.Content.TrimEnd(), StringComparison.Ordinal);
        Assert.Contains(" ([127.0.0.1])\r\n", message.Content, StringComparison.Ordinal);
        var (tls, login) = (security == Security.None ? "" : "S", mechanism.Length == 0 ? "" : "A");
        Assert.Contains($"\twith ESMTP{tls}{login} {(security == Security.None ? "id " : "(TLS1.3")}", message.Content, StringComparison.Ordinal);
        var logged = await line.LoggedAsync(sender);
        Assert.Contains($" listener={ClientLine.Listener(security, option)} client=127.0.0.1 ", logged, StringComparison.Ordinal);
        Assert.Contains($" user={(mechanism.Length == 0 ? "" : SendOrder.User)} ", logged, StringComparison.Ordinal);
    }
}
