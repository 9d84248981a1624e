using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using RelayOperator.Api.Config;
using RelayOperator.Relay.TransportSecurity;
using RelayOperator.TestKit;
using Xunit;

namespace RelayOperator.Relay.Tests.TransportSecurity;

/// <summary>Which certificate a client is shown, and what becomes of sessions when certificates change.</summary>
public sealed class CertificateChoiceTests : TlsRelays
{
    [Theory]
    [InlineData("one.test", 0)]
    [InlineData("two.test", 1)]
    [InlineData("TWO.test", 1)]
    [InlineData("also.two.test", 1)]
    [InlineData("a.wild.test", 2)]
    [InlineData("special.wild.test", 2)] // the first that has it, be it by a wildcard
    [InlineData("a.b.wild.test", 0)]
    [InlineData("wild.test", 0)]
    [InlineData(".wild.test", 0)]
    [InlineData("unknown.test", 0)]
    [InlineData("test", 0)]
    [InlineData("", 0)]
    public void The_first_certificate_that_has_the_name_is_chosen_or_else_the_first(string name, int expected)
    {
        var config = Tls() with { Certificates = [Pair("one.test"), Pair("two.test", "also.two.test"), Pair("*.wild.test"), Pair("special.wild.test", "one.test")] };
        Assert.Equal(expected, new ListenerTls(config).IndexFor(name));
    }

    [Theory]
    [InlineData("two.test", "two.test")]
    [InlineData("x.wild.test", "*.wild.test")]
    [InlineData("elsewhere.test", "one.test")]
    [InlineData("", "one.test")]
    public async Task A_client_is_shown_the_certificate_of_the_name_that_it_asks_for(string name, string shown)
    {
        await using var relay = await StartAsync(Tls("one.test", "two.test", "*.wild.test"));
        using var client = await SecuredAsync(relay, Client(name));
        Assert.Equal($"CN={shown}", client.Tls.RemoteCertificate!.Subject);
    }

    [Fact]
    public async Task The_chain_in_the_secret_is_shown_too()
    {
        using var below = new TestAuthority("Test Issuer", Authority);
        var (certificate, key) = below.IssuePem("relay.test");
        await using var relay = await StartAsync(Tls() with { Certificates = [new KeyPairConfig($"{certificate}\n{below.Pem}\n", key)] });

        using var root = X509Certificate2.CreateFromPem(Authority.Pem);
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.Add(root);
        var errors = SslPolicyErrors.RemoteCertificateNotAvailable;
        var options = Client();
        options.CertificateChainPolicy = policy;
        options.RemoteCertificateValidationCallback = (_, _, _, found) => (errors = found) == SslPolicyErrors.None;
        using var client = await SecuredAsync(relay, options);

        Assert.Equal(SslPolicyErrors.None, errors);
    }

    [Fact]
    public async Task A_new_certificate_is_shown_to_new_handshakes_and_drops_no_session()
    {
        await using var relay = await StartAsync(Tls("relay.test"));
        using var secured = await SecuredAsync(relay);
        using var plain = await relay.GreetAsync();
        await secured.AskAsync("MAIL FROM:<a@b.test>");
        var before = secured.Tls.RemoteCertificate!.GetSerialNumberString();

        await relay.ApplyAsync(config => With(config, Tls("relay.test")));

        AssertReply("250", await secured.AskAsync("RCPT TO:<c@d.test>"));
        AssertReply("354", await secured.AskAsync("DATA"));
        AssertReply("250", await secured.AskAsync("."));
        AssertReply("250", await secured.SendMessageAsync());
        await plain.StartTlsAsync();
        Assert.NotEqual(before, plain.Tls.RemoteCertificate!.GetSerialNumberString());
        await plain.AskAsync("EHLO client.test");
        AssertReply("250", await plain.SendMessageAsync());
        Assert.Equal(3, Hub.Messages.Count);
    }

    [Fact]
    public async Task Tls_can_be_taken_away_and_given_again_without_dropping_a_session()
    {
        await using var relay = await StartAsync(Tls());
        using var secured = await SecuredAsync(relay);
        using var plain = await relay.GreetAsync();

        await relay.ApplyAsync(config => With(config, null));
        AssertReply("250", await secured.SendMessageAsync());
        AssertReply("502 5.5.1", await plain.AskAsync("STARTTLS"));

        await relay.ApplyAsync(config => With(config, Tls()));
        await plain.StartTlsAsync();
    }

    [Fact]
    public async Task A_pair_that_cannot_be_used_changes_nothing()
    {
        await using var relay = await StartAsync(Tls("relay.test"));
        var (certificate, _) = Authority.IssuePem("relay.test");
        var half = Tls() with { Certificates = [new KeyPairConfig(certificate, Pair("x").KeyPem)] };

        var refusal = await relay.Host.ApplyAsync(With(relay.Config, half) with { Access = [] });

        Assert.StartsWith("listener smtp cannot use its certificates:", refusal, StringComparison.Ordinal);
        using var client = await SecuredAsync(relay);
        AssertReply("250", await client.SendMessageAsync());
    }

    [Fact]
    public async Task What_did_not_change_is_not_loaded_anew_so_that_clients_can_resume()
    {
        await using var relay = await StartAsync(Tls());
        var config = relay.Config;
        var again = config.Listeners[0].Tls! with { Certificates = [.. config.Listeners[0].Tls!.Certificates.ToArray()] };
        Assert.Equal(config.Listeners[0].Tls, again);
        Assert.NotEqual(config.Listeners[0].Tls, again with { MinVersion = TlsVersion.Tls13 });
        Assert.NotEqual(config.Listeners[0].Tls, Tls());
    }
}
