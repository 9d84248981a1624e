using System.Text;
using MailKit.Net.Smtp;
using MailKit.Security;
using MimeKit;
using RelayOperator.Api.Config;
using RelayOperator.TestKit;
using Xunit;

namespace RelayOperator.Relay.Tests.Authentication;

/// <summary>What a login is worth: who has to have one, what users may send, and what it leaves behind.</summary>
public sealed class LoginAccessTests : LoginRelays
{
    [Fact]
    public async Task Where_it_is_required_no_mail_is_taken_before_it()
    {
        await using var relay = await StartWithAsync(isRequired: true, plaintext: true);
        using var client = await relay.GreetAsync();
        foreach (var line in (string[])["MAIL FROM:<a@b.test>", "RCPT TO:<c@d.test>", "DATA", "VRFY a"])
        {
            AssertReply("530 5.7.0", await client.AskAsync(line));
        }

        await client.SendAsync("BDAT 6 LAST\r\nQUIT\r\n");
        AssertReply("530 5.7.0", await client.ReplyAsync());
        foreach (var line in (string[])["NOOP", "RSET", "EHLO client.test"])
        {
            AssertReply("250", await client.AskAsync(line));
        }

        AssertReply("235", await LogInAsync(client));
        AssertReply("250", await client.SendMessageAsync());
    }

    [Fact]
    public async Task A_rule_may_require_it_where_the_listener_does_not()
    {
        await using var relay = await StartWithAsync(plaintext: true, change: config => config with { Access = [config.Access[0] with { RequireAuth = true }] });
        using var client = await relay.GreetAsync();
        AssertReply("530 5.7.0 Authentication required", await client.SendMessageAsync());
        AssertReply(Wrong, await LogInAsync(client, password: "guess"));
        AssertReply("530 5.7.0", await client.SendMessageAsync());
        AssertReply("235", await LogInAsync(client));
        AssertReply("250", await client.SendMessageAsync());
    }

    [Fact]
    public async Task It_opens_no_rule_for_who_has_none()
    {
        await using var relay = await StartWithAsync(plaintext: true, change: config => config with { Access = [TestRelay.Rule("other", "10.0.0.0/8")] });
        using var client = await SmtpWire.ConnectAsync(relay.Address);
        AssertReply("554 5.7.1", await client.ReplyAsync());
    }

    [Fact]
    public async Task A_user_sends_as_its_line_allows()
    {
        await using var relay = await StartWithAsync($"app:{TestUsers.Bcrypt}:a@b.test\nother:{TestUsers.Bcrypt}:@c.test", plaintext: true);
        using var client = await relay.GreetAsync();
        AssertReply("235", await LogInAsync(client));
        AssertReply("250", await client.SendMessageAsync());
        AssertReply("550 5.7.1 Your user", await client.AskAsync("MAIL FROM:<x@c.test>"));
        using var other = await relay.GreetAsync();
        AssertReply("235", await LogInAsync(other, "other"));
        AssertReply("550 5.7.1 Your user", await other.SendMessageAsync());
        AssertReply("250", await other.AskAsync("MAIL FROM:<>"));
    }

    [Fact]
    public async Task Nobody_learns_who_exists_and_the_fifth_failure_ends_the_session()
    {
        using var loggers = new LineLoggerFactory();
        await using var relay = await StartWithAsync(plaintext: true, loggers: loggers);
        using var client = await relay.GreetAsync();
        var known = await LogInAsync(client, password: "guess1");
        Assert.Equal(known, await LogInAsync(client, "nobody", "guess2"));
        Assert.Equal("535 5.7.8 User name or password is wrong", known);
        AssertReply(Wrong, await LogInAsync(client, password: "guess3"));
        AssertReply("501 5.5.2", await client.AskAsync("AUTH PLAIN guess4"));
        AssertReply("421 4.7.0", await LogInAsync(client, password: "guess5"));
        Assert.True(await client.EndsAsync());

        // The next session of the address has one try, and the right password ends it all.
        using var next = await relay.GreetAsync();
        AssertReply("421 4.7.0", await LogInAsync(next, password: "guess6"));
        using var last = await relay.GreetAsync();
        AssertReply("235", await LogInAsync(last));
        using var after = await relay.GreetAsync();
        AssertReply(Wrong, await LogInAsync(after, password: "guess7"));

        Assert.Equal(
            [
                "relay_auth_total{listener=\"smtp\",mechanism=\"PLAIN\",result=\"failed\"} 6",
                "relay_auth_total{listener=\"smtp\",mechanism=\"PLAIN\",result=\"malformed\"} 1",
                "relay_auth_total{listener=\"smtp\",mechanism=\"PLAIN\",result=\"ok\"} 1",
            ],
            (await MetricsAsync(relay, "relay_auth_total{")).Order(StringComparer.Ordinal));
        Assert.Equal(7, loggers.Lines.Count(line => line == "Information: 127.0.0.1 failed to authenticate by PLAIN at listener smtp"));
        Assert.DoesNotContain(loggers.Lines, line => line.Contains("guess", StringComparison.Ordinal) || line.Contains("nobody", StringComparison.Ordinal)
            || line.Contains(TestUsers.Password, StringComparison.Ordinal) || line.Contains(Base64("\0app\0swordfish"), StringComparison.Ordinal));
    }

    [Fact]
    public async Task Other_sessions_do_not_wait_for_a_password_that_takes_long_to_compare()
    {
        await using var relay = await StartWithAsync($"app:{TestUsers.Bcrypt.Replace("$04$", "$14$", StringComparison.Ordinal)}", plaintext: true);
        using var slow = await relay.GreetAsync();
        using var quick = await relay.GreetAsync();
        var login = LogInAsync(slow);
        AssertReply("250", await quick.SendMessageAsync());
        Assert.False(login.IsCompleted);
        AssertReply(Wrong, await login);
    }

    [Fact]
    public async Task Received_names_it_with_SMTPUTF8_too()
    {
        await using var relay = await StartWithAsync();
        using var client = await SecuredAsync(relay);
        AssertReply("235", await LogInAsync(client));
        await client.AskAsync("MAIL FROM:<a@b.test> SMTPUTF8");
        await client.AskAsync("RCPT TO:<c@d.test>");
        await client.AskAsync("DATA");
        AssertReply("250", await client.AskAsync("."));
        Assert.Contains("\twith UTF8SMTPSA (TLS1.3 ", Hub.Messages.Single().Content, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_user_stands_in_the_log()
    {
        using var loggers = new LineLoggerFactory();
        await using var relay = await StartWithAsync(plaintext: true, loggers: loggers);
        using var client = await relay.GreetAsync();
        await LogInAsync(client);
        await client.SendMessageAsync();
        Assert.Contains(loggers.Lines, line => line.Contains(": delivered ", StringComparison.Ordinal) && line.Contains(" user=app from=<a@b.test> ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Users_change_while_it_runs_and_who_is_none_any_more_sends_no_further_message()
    {
        await using var relay = await StartWithAsync(isRequired: true, plaintext: true);
        using var client = await relay.GreetAsync();
        AssertReply("235", await LogInAsync(client));
        AssertReply("250", await client.SendMessageAsync());

        await relay.ApplyAsync(config => WithUsers(config, $"app:{TestUsers.Bcrypt}:x@b.test", isRequired: true, plaintext: true));
        AssertReply("550 5.7.1", await client.SendMessageAsync());
        await relay.ApplyAsync(config => WithUsers(config, $"new:{TestUsers.Bcrypt}", isRequired: true, plaintext: true));
        AssertReply("530 5.7.0", await client.SendMessageAsync());
        AssertReply(Wrong, await LogInAsync(client));
        AssertReply("235", await LogInAsync(client, "new"));
        AssertReply("250", await client.SendMessageAsync());
    }

    [Fact]
    public async Task The_same_users_stay_the_same_object_when_something_else_changes()
    {
        await using var relay = await StartWithAsync(plaintext: true);
        using var client = await relay.GreetAsync();
        AssertReply("235", await LogInAsync(client));
        await relay.ApplyAsync(config => config with { Access = [config.Access[0] with { RequireAuth = true }] });
        AssertReply("250", await client.SendMessageAsync());
    }

    [Fact]
    public async Task A_name_that_nobody_has_gets_a_salt_that_stays()
    {
        await using var relay = await StartWithAsync($"app:{TestUsers.Scram}", plaintext: true);
        async Task<string> FirstAsync(string name)
        {
            using var client = await relay.GreetAsync();
            var challenge = Encoding.UTF8.GetString(Convert.FromBase64String((await client.AskAsync($"AUTH SCRAM-SHA-256 {Base64($"n,,n={name},r=abc")}"))[4..]));
            AssertReply("501 5.7.0", await client.AskAsync("*"));
            return challenge[challenge.IndexOf(",s=", StringComparison.Ordinal)..];
        }

        Assert.Equal(await FirstAsync("nobody"), await FirstAsync("nobody"));
        Assert.NotEqual(await FirstAsync("nobody"), await FirstAsync("app"));
        Assert.Equal((await FirstAsync("nobody")).Length, (await FirstAsync("app")).Length);
    }

    [Theory]
    [InlineData(TestUsers.Bcrypt, "PLAIN")]
    [InlineData(TestUsers.Bcrypt, "LOGIN")]
    [InlineData(TestUsers.Scram, "PLAIN")]
    [InlineData(TestUsers.Scram, "LOGIN")]
    [InlineData(TestUsers.Scram, "SCRAM-SHA-256")]
    public async Task MailKit_logs_in_by(string hash, string mechanism)
    {
        await using var relay = await StartWithAsync($"app:{hash}", isRequired: true);
        using var client = new SmtpClient { CheckCertificateRevocation = false, ServerCertificateValidationCallback = (_, certificate, _, _) => certificate!.Subject == "CN=relay.test" };
        await client.ConnectAsync("127.0.0.1", ((System.Net.IPEndPoint)relay.Address).Port, SecureSocketOptions.StartTls);
        Assert.Equal(hash == TestUsers.Scram, client.AuthenticationMechanisms.Contains("SCRAM-SHA-256"));

        await Assert.ThrowsAsync<AuthenticationException>(() => client.AuthenticateAsync(Mechanism(mechanism, "guess")));
        await client.AuthenticateAsync(Mechanism(mechanism, TestUsers.Password));
        await client.SendAsync(new MimeMessage([new MailboxAddress("", "a@b.test")], [new MailboxAddress("", "c@d.test")], "x", new TextPart("plain") { Text = "x" }));
        await client.DisconnectAsync(quit: true);

        Assert.Single(Hub.Messages);
        Assert.Contains($"relay_auth_total{{listener=\"smtp\",mechanism=\"{mechanism}\",result=\"ok\"}} 1", await MetricsAsync(relay, "relay_auth_total{"));
    }

    [Theory]
    [InlineData("AUTH=<>", true)]
    [InlineData("AUTH=someone@b.test", true)]
    [InlineData("", false)]
    public async Task A_hub_that_the_relay_has_authenticated_with_is_told_that_nobody_vouches_for_the_submitter(string parameter, bool isTold)
    {
        Hub.Certificate = Authority.Issue("127.0.0.1");
        Hub.Login = ("relay", "swordfish");
        await using var open = new ScriptedHub();
        open.Extensions = [.. open.Extensions, "AUTH PLAIN"];
        await using var relay = await TestRelay.StartAsync([Hub, open], config => config with
        {
            Hubs =
            [
                config.Hubs[0] with { Tls = new HubTlsConfig(HubTlsMode.Required, "", Authority.Pem, "", ""), Credentials = new HubCredentialsConfig(SaslMechanismName.Plain, "relay", "swordfish") },
                config.Hubs[1],
            ],
        });
        using var client = await relay.GreetAsync();
        for (var i = 0; i < 2; i++)
        {
            AssertReply("250", await client.AskAsync($"MAIL FROM:<a@b.test> {parameter}"));
            await client.AskAsync("RCPT TO:<c@d.test>");
            await client.AskAsync("DATA");
            AssertReply("250", await client.AskAsync("."));
        }

        Assert.Equal(isTold, Hub.Messages.Single().Mail.Contains(" AUTH=<>", StringComparison.Ordinal));
        Assert.DoesNotContain("AUTH", open.Messages.Single().Mail, StringComparison.Ordinal);
    }

    private static SaslMechanism Mechanism(string name, string password) => name switch
    {
        "PLAIN" => new SaslMechanismPlain("app", password),
        "LOGIN" => new SaslMechanismLogin("app", password),
        _ => new SaslMechanismScramSha256("app", password),
    };
}
