using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using RelayOperator.Api.Config;
using RelayOperator.Relay.TransportSecurity;
using RelayOperator.TestKit;
using Xunit;

namespace RelayOperator.Relay.Tests.TransportSecurity;

/// <summary>Client certificates as something that an access rule asks for.</summary>
public sealed class ClientCertificateTests : TlsRelays
{
    private const string Needed = "530 5.7.0 Your access rule needs a client certificate";
    private const string Denied = "550 5.7.1 Your access rule does not take your client certificate";

    [Theory]
    [InlineData("250", "scanner.corp.example")]
    [InlineData("250", "other.example", "Scanner.Corp.Example")]
    [InlineData("250", "other.example", "erp@corp.example")]
    [InlineData(Denied, "other.example")]
    [InlineData(Denied, "x.scanner.corp.example")]
    [InlineData(Denied, "scanner.corp.example.evil.test")]
    public async Task A_rule_takes_whom_a_verified_certificate_names_and_nobody_else(string expected, params string[] names)
    {
        await using var relay = await StartAsync(Asking(), change: config => Certified(config, "scanner.corp.example", "ERP@corp.example"));
        using var certificate = Authority.Issue(names);
        using var client = await SecuredAsync(relay, Client(certificate: certificate));
        AssertReply(expected, await client.SendMessageAsync());
        Assert.Equal(expected == "250" ? 1 : 0, Hub.Messages.Count);
    }

    [Theory]
    [InlineData(SslProtocols.Tls12)]
    [InlineData(SslProtocols.Tls13)]
    public async Task Who_shows_none_is_asked_for_one_and_goes_on_where_no_rule_needs_it(SslProtocols version)
    {
        await using var relay = await StartAsync(Asking(), change: config => Certified(config, "scanner.corp.example"));
        using (var client = await SecuredAsync(relay, Client(versions: version)))
        {
            AssertReply(Needed, await client.AskAsync("MAIL FROM:<a@b.test>"));
        }

        await relay.ApplyAsync(config => Certified(config));
        using var later = await SecuredAsync(relay, Client(versions: version));
        AssertReply("250", await later.SendMessageAsync());
    }

    [Fact]
    public async Task In_the_clear_there_is_no_certificate()
    {
        await using var relay = await StartAsync(Asking(), change: config => Certified(config, "scanner.corp.example"));
        using var client = await relay.GreetAsync();
        AssertReply(Needed, await client.AskAsync("MAIL FROM:<a@b.test>"));
    }

    [Fact]
    public async Task A_certificate_of_another_authority_does_not_count_and_is_told_once()
    {
        var loggers = new LineLoggerFactory();
        await using var relay = await StartAsync(Asking(), change: config => Certified(config, "scanner.corp.example"), loggers: loggers);
        using var other = new TestAuthority("Somebody Else");
        using var certificate = other.Issue("scanner.corp.example");
        using (var client = await SecuredAsync(relay, Client(certificate: certificate)))
        {
            AssertReply(Denied, await client.AskAsync("MAIL FROM:<a@b.test>"));
            AssertReply(Denied, await client.AskAsync("MAIL FROM:<a@b.test>"));
        }

        await Eventually.True(() => relay.Status.Sessions == 0, "the session is over");
        Assert.Single(loggers.Lines, line => line.StartsWith("Information: The certificate that 127.0.0.1 shows does not count: it is not trusted: ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_certificate_of_another_authority_is_no_hindrance_where_none_is_needed()
    {
        await using var relay = await StartAsync(Asking());
        using var other = new TestAuthority("Somebody Else");
        using var certificate = other.Issue("scanner.corp.example");
        using var client = await SecuredAsync(relay, Client(certificate: certificate));
        AssertReply("250", await client.SendMessageAsync());
    }

    [Fact]
    public async Task A_listener_that_names_no_authority_asks_nobody()
    {
        await using var relay = await StartAsync(Tls(), change: config => Certified(config, "scanner.corp.example"));
        using var certificate = Authority.Issue("scanner.corp.example");
        using var client = await SecuredAsync(relay, Client(certificate: certificate));
        AssertReply(Needed, await client.AskAsync("MAIL FROM:<a@b.test>"));
    }

    [Fact]
    public async Task Another_authority_counts_for_new_sessions_and_the_old_ones_go_on()
    {
        await using var relay = await StartAsync(Asking(), change: config => Certified(config, "scanner.corp.example"));
        using var certificate = Authority.Issue("scanner.corp.example");
        using var client = await SecuredAsync(relay, Client(certificate: certificate));

        using var other = new TestAuthority("Somebody Else");
        await relay.ApplyAsync(config => With(config, config.Listeners[0].Tls! with { ClientCaPem = other.Pem }));

        AssertReply("250", await client.SendMessageAsync());
        using var later = await SecuredAsync(relay, Client(certificate: certificate));
        AssertReply(Denied, await later.AskAsync("MAIL FROM:<a@b.test>"));
    }

    [Fact]
    public void All_names_of_a_client_count_and_no_others()
    {
        var (pem, _) = Authority.IssuePem("CN=Scanner 3, O=corp.example, OU=office", ["scanner.corp.example", "erp@corp.example", "10.0.0.1"]);
        using var certificate = X509Certificate2.CreateFromPem(pem);
        Assert.Equal(["scanner.corp.example", "erp@corp.example", "Scanner 3"], CertificateNames.OfClient(certificate));
        Assert.Equal(["scanner.corp.example"], CertificateNames.DnsNames(certificate));

        var (bare, _) = Authority.IssuePem("O=corp.example", []);
        using var nameless = X509Certificate2.CreateFromPem(bare);
        Assert.Empty(CertificateNames.OfClient(nameless));
    }

    private ListenerTlsConfig Asking() => Tls() with { ClientCaPem = Authority.Pem };
}
