using System.Security.Authentication;
using RelayOperator.Api.Config;
using RelayOperator.TestKit;
using Xunit;

namespace RelayOperator.Relay.Tests.TransportSecurity;

/// <summary>STARTTLS (RFC 3207): when it is offered, what it forgets, and what is refused before it.</summary>
public sealed class StartTlsTests : TlsRelays
{
    [Fact]
    public async Task It_is_offered_in_the_clear_and_no_more_afterwards()
    {
        await using var relay = await StartAsync(Tls());
        using var client = await relay.ConnectAsync();

        Assert.EndsWith("\n250 STARTTLS", await client.AskAsync("EHLO client.test"), StringComparison.Ordinal);
        await client.StartTlsAsync();
        Assert.DoesNotContain("STARTTLS", await client.AskAsync("EHLO client.test"), StringComparison.Ordinal);
        AssertReply("503 5.5.1", await client.AskAsync("STARTTLS"));
        AssertReply("250", await client.SendMessageAsync());
        AssertReply("221", await client.AskAsync("QUIT"));
        Assert.True(await client.EndsAsync());
    }

    [Fact]
    public async Task Without_a_certificate_it_is_neither_offered_nor_taken()
    {
        await using var relay = await TestRelay.StartAsync([Hub]);
        using var client = await relay.ConnectAsync();

        Assert.DoesNotContain("STARTTLS", await client.AskAsync("EHLO client.test"), StringComparison.Ordinal);
        AssertReply("502 5.5.1", await client.AskAsync("STARTTLS"));
        AssertReply("250", await client.AskAsync("NOOP"));
    }

    [Fact]
    public async Task What_was_said_in_the_clear_is_forgotten()
    {
        await using var relay = await StartAsync(Tls());
        using var client = await relay.GreetAsync();

        await client.StartTlsAsync();

        AssertReply("503 5.5.1", await client.AskAsync("MAIL FROM:<a@b.test>"));
        AssertReply("250", await client.AskAsync("EHLO client.test"));
        AssertReply("250", await client.AskAsync("MAIL FROM:<a@b.test>"));
    }

    // CVE-2011-0411: the attacker in the middle sends what is to be taken for the words of the client, protected by its TLS.
    [Theory]
    [InlineData("NOOP\r\n")]
    [InlineData("EHLO evil.test\r\nMAIL FROM:<evil@b.test>\r\nRCPT TO:<c@d.test>\r\nDATA\r\n")]
    [InlineData("EHLO evil.test\r\nMAIL FROM:<evil@b.test>\r\nRCPT TO:<c@d.test>\r\nBDAT 1000\r\n")]
    [InlineData("half a line")]
    public async Task Commands_slipped_in_behind_it_in_the_clear_are_never_taken(string injected)
    {
        await using var relay = await StartAsync(Tls());
        using var client = await relay.GreetAsync();

        await client.SendAsync($"STARTTLS\r\n{injected}");
        AssertReply("220", await client.ReplyAsync());
        await client.SecureAsync();

        AssertReply("503 5.5.1", await client.AskAsync("MAIL FROM:<a@b.test>")); // not even the EHLO
        AssertReply("250-relay.test", await client.AskAsync("EHLO client.test"));
        AssertReply("250", await client.SendMessageAsync());
        Assert.Equal(["MAIL FROM:<a@b.test>"], Hub.Messages.Select(message => message.Mail.Split(' ')[..2]).Select(words => string.Join(' ', words)));
    }

    [Fact]
    public async Task Commands_slipped_in_behind_its_answer_are_no_handshake()
    {
        await using var relay = await StartAsync(Tls());
        using var client = await relay.GreetAsync();

        AssertReply("220", await client.AskAsync("STARTTLS"));
        await client.SendAsync("EHLO evil.test\r\nMAIL FROM:<evil@b.test>\r\nRCPT TO:<c@d.test>\r\nDATA\r\nx\r\n.\r\n");

        Assert.DoesNotContain("250", await client.ReplyAsync(), StringComparison.Ordinal);
        await Eventually.True(() => relay.Status.Sessions == 0, "the session is over");
        Assert.Empty(Hub.Messages);
        Assert.Equal(["relay_tls_handshakes_total{listener=\"smtp\",result=\"failed\"} 1"], await MetricsAsync(relay, "relay_tls_handshakes_total{"));
    }

    [Fact]
    public async Task Behind_other_commands_in_one_write_it_waits_for_another_try()
    {
        await using var relay = await StartAsync(Tls());
        using var client = await relay.GreetAsync();
        await client.AskAsync("MAIL FROM:<a@b.test>");

        // Looking whether the client is still there, the relay reads on already.
        await client.SendAsync("RSET\r\nSTARTTLS\r\n");
        AssertReply("250", await client.ReplyAsync());
        AssertReply("454 4.7.0", await client.ReplyAsync());
        await client.StartTlsAsync();
        AssertReply("250", await client.AskAsync("EHLO client.test"));
    }

    [Theory]
    [InlineData("STARTTLS now", "501 5.5.4")]
    [InlineData("starttls", "220 2.0.0")]
    public async Task It_takes_no_argument(string line, string expected)
    {
        await using var relay = await StartAsync(Tls());
        using var client = await relay.GreetAsync();
        AssertReply(expected, await client.AskAsync(line));
    }

    [Fact]
    public async Task It_comes_neither_before_EHLO_nor_in_a_transaction()
    {
        await using var relay = await StartAsync(Tls());
        using var client = await relay.ConnectAsync();
        AssertReply("503 5.5.1", await client.AskAsync("STARTTLS"));
        await client.AskAsync("EHLO client.test");
        await client.AskAsync("MAIL FROM:<a@b.test>");
        AssertReply("503 5.5.1", await client.AskAsync("STARTTLS"));
        AssertReply("250", await client.AskAsync("RCPT TO:<c@d.test>"));
        AssertReply("503 5.5.1", await client.AskAsync("STARTTLS"));
    }

    [Fact]
    public async Task Required_refuses_all_but_four_commands_before_it()
    {
        await using var relay = await StartAsync(Tls() with { IsRequired = true });
        using var client = await relay.ConnectAsync();
        foreach (var line in (string[])["HELO x", "MAIL FROM:<a@b.test>", "RCPT TO:<c@d.test>", "DATA", "RSET", "VRFY a", "HELP", "AUTH PLAIN AAA", "WHAT"])
        {
            AssertReply("530 5.7.0", await client.AskAsync(line));
        }

        // Its octets are no commands, refused or not.
        AssertReply("530 5.7.0", await client.AskAsync("BDAT 8 LAST\r\nQUIT\r\n12"[..^2]));
        AssertReply("250", await client.AskAsync("NOOP"));
        AssertReply("250-", await client.AskAsync("EHLO client.test"));
        AssertReply("530 5.7.0", await client.AskAsync("MAIL FROM:<a@b.test>"));
        await client.StartTlsAsync();
        AssertReply("250-", await client.AskAsync("EHLO client.test"));
        AssertReply("250", await client.SendMessageAsync());
        Assert.Single(Hub.Messages);

        using var quitter = await relay.ConnectAsync();
        AssertReply("221", await quitter.AskAsync("QUIT"));
    }

    [Fact]
    public async Task A_transaction_that_began_in_the_clear_ends_so_and_the_next_one_needs_tls()
    {
        await using var relay = await StartAsync(Tls());
        using var client = await relay.GreetAsync();
        await client.AskAsync("MAIL FROM:<a@b.test>");

        await relay.ApplyAsync(config => With(config, config.Listeners[0].Tls! with { IsRequired = true }));

        AssertReply("250", await client.AskAsync("RCPT TO:<c@d.test>"));
        AssertReply("354", await client.AskAsync("DATA"));
        AssertReply("250", await client.AskAsync("."));
        AssertReply("530 5.7.0", await client.AskAsync("MAIL FROM:<a@b.test>"));
    }

    [Fact]
    public async Task A_client_that_says_nothing_in_its_handshake_is_let_go()
    {
        var loggers = new LineLoggerFactory();
        await using var relay = await StartAsync(Tls(), change: config => config with { Limits = config.Limits with { IdleSeconds = 1 } }, loggers: loggers);
        using var client = await relay.GreetAsync();
        AssertReply("220", await client.AskAsync("STARTTLS"));

        Assert.True(await client.EndsAsync());

        await Eventually.True(() => relay.Status.Sessions == 0, "the session is over");
        Assert.Equal(["relay_tls_handshakes_total{listener=\"smtp\",result=\"timed_out\"} 1"], await MetricsAsync(relay, "relay_tls_handshakes_total{"));
        Assert.Contains("Information: TLS with 127.0.0.1 failed: took too long", loggers.Lines);
    }

    [Fact]
    public async Task A_client_that_goes_away_in_its_handshake_is_no_news()
    {
        var loggers = new LineLoggerFactory();
        await using var relay = await StartAsync(Tls(), loggers: loggers);
        using (var client = await relay.GreetAsync())
        {
            AssertReply("220", await client.AskAsync("STARTTLS"));
        }

        await Eventually.True(() => relay.Status.Sessions == 0, "the session is over");
        Assert.Equal(["relay_tls_handshakes_total{listener=\"smtp\",result=\"closed\"} 1"], await MetricsAsync(relay, "relay_tls_handshakes_total{"));
        Assert.DoesNotContain(loggers.Lines, line => line.Contains("TLS", StringComparison.Ordinal) && !line.StartsWith("Debug", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(TlsVersion.Tls12, SslProtocols.Tls12, "1.2")]
    [InlineData(TlsVersion.Tls12, SslProtocols.Tls13, "1.3")]
    [InlineData(TlsVersion.Tls13, SslProtocols.Tls13, "1.3")]
    public async Task The_version_is_one_that_both_speak_and_is_counted(TlsVersion least, SslProtocols versions, string version)
    {
        await using var relay = await StartAsync(Tls() with { MinVersion = least });
        using var client = await SecuredAsync(relay, Client(versions: versions));

        Assert.Equal(versions, client.Tls.SslProtocol);
        Assert.Equal([$"relay_tls_sessions_total{{listener=\"smtp\",version=\"{version}\",cipher=\"{client.Tls.NegotiatedCipherSuite}\"}} 1"], await MetricsAsync(relay, "relay_tls_sessions_total{"));
    }

    [Fact]
    public async Task Of_a_listeners_certificates_the_first_to_expire_is_told_as_long_as_it_has_them()
    {
        const string Metric = "relay_listener_certificate_expiry_timestamp_seconds";
        var tls = Tls("relay.test", "other.test");
        await using var relay = await StartAsync(tls);
        var first = tls.Certificates.Min(pair => System.Security.Cryptography.X509Certificates.X509Certificate2.CreateFromPem(pair.CertificatePem).NotAfter.ToUniversalTime());
        Assert.Equal([$"{Metric}{{listener=\"smtp\"}} {new DateTimeOffset(first).ToUnixTimeSeconds()}"], await MetricsAsync(relay, $"{Metric}{{"));

        await relay.ApplyAsync(config => With(config, tls: null));
        Assert.Empty(await MetricsAsync(relay, $"{Metric}{{"));
    }

    [Fact]
    public async Task An_older_version_than_the_listener_allows_ends_the_session()
    {
        var loggers = new LineLoggerFactory();
        await using var relay = await StartAsync(Tls() with { MinVersion = TlsVersion.Tls13 }, loggers: loggers);
        using var client = await relay.GreetAsync();

        await Assert.ThrowsAnyAsync<Exception>(() => client.StartTlsAsync(Client(versions: SslProtocols.Tls12)));

        await Eventually.True(() => relay.Status.Sessions == 0, "the session is over");
        Assert.Equal(["relay_tls_handshakes_total{listener=\"smtp\",result=\"failed\"} 1"], await MetricsAsync(relay, "relay_tls_handshakes_total{"));
        Assert.Single(loggers.Lines, line => line.StartsWith("Information: TLS with 127.0.0.1 failed:", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Received_names_the_protocol_the_version_and_the_cipher()
    {
        await using var relay = await StartAsync(Tls());
        using var client = await SecuredAsync(relay, Client(versions: SslProtocols.Tls13));
        await client.SendMessageAsync();
        Assert.Matches(@"\r\n\twith ESMTPS \(TLS1\.3 cipher TLS_[A-Z0-9_]+\) id [0-9A-Z]+;\r\n", Hub.Messages.Single().Content);

        await client.AskAsync("MAIL FROM:<a@b.test> SMTPUTF8");
        await client.AskAsync("RCPT TO:<c@d.test>");
        await client.AskAsync("DATA");
        AssertReply("250", await client.AskAsync("."));
        Assert.Contains("\twith UTF8SMTPS (TLS1.3 ", Hub.Messages.Last().Content, StringComparison.Ordinal);

        await client.AskAsync("HELO client.test");
        await client.SendMessageAsync();
        Assert.Contains("\twith SMTPS (TLS1.3 ", Hub.Messages.Last().Content, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_large_message_and_chunks_go_over_tls_as_they_are()
    {
        await using var relay = await StartAsync(Tls());
        using var client = await SecuredAsync(relay);
        var body = string.Concat(Enumerable.Range(0, 40_000).Select(i => $"line {i}\r\n.{i}\r\n"));

        await client.AskAsync("MAIL FROM:<a@b.test>");
        await client.AskAsync("RCPT TO:<c@d.test>");
        await client.SendAsync($"BDAT {body.Length}\r\n{body}");
        AssertReply("250", await client.ReplyAsync());
        AssertReply("250", await client.AskAsync("BDAT 0 LAST"));

        Assert.Equal(body, Hub.Messages.Single().Untraced);
    }

    [Fact]
    public async Task A_leaving_relay_says_so_over_tls()
    {
        await using var relay = await StartAsync(Tls());
        using var client = await SecuredAsync(relay);

        var leaving = relay.Host.LeaveAsync(TimeSpan.FromSeconds(10));

        AssertReply("421 4.3.2", await client.ReplyAsync());
        Assert.True(await client.EndsAsync());
        await leaving;
    }
}
