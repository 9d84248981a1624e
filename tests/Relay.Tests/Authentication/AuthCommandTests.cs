using RelayOperator.TestKit;
using Xunit;

namespace RelayOperator.Relay.Tests.Authentication;

/// <summary>AUTH (RFC 4954): when it is offered, its exchanges, and what is refused.</summary>
public sealed class AuthCommandTests : LoginRelays
{
    [Fact]
    public async Task It_is_offered_over_tls_alone_and_no_more_once_it_succeeded()
    {
        await using var relay = await StartWithAsync();
        using var client = await relay.ConnectAsync();
        Assert.DoesNotContain("AUTH", await client.AskAsync("EHLO client.test"), StringComparison.Ordinal);
        AssertReply("538 5.7.11", await LogInAsync(client));
        AssertReply("538 5.7.11", await client.AskAsync("AUTH LOGIN"));

        await client.StartTlsAsync();
        AssertReply("503 5.5.1", await LogInAsync(client)); // EHLO first
        Assert.EndsWith("\n250 AUTH PLAIN LOGIN", await client.AskAsync("EHLO client.test"), StringComparison.Ordinal);
        AssertReply("235 2.7.0", await LogInAsync(client));
        AssertReply("503 5.5.1", await LogInAsync(client));
        Assert.DoesNotContain("AUTH", await client.AskAsync("EHLO client.test"), StringComparison.Ordinal);
        AssertReply("250", await client.SendMessageAsync());
        Assert.Matches(@"\r\n\twith ESMTPSA \(TLS1\.3 cipher ", Hub.Messages.Single().Content);
    }

    [Fact]
    public async Task A_listener_that_allows_it_offers_it_in_the_clear()
    {
        await using var relay = await StartWithAsync($"app:{TestUsers.Scram}", plaintext: true);
        using var client = await relay.ConnectAsync();
        Assert.EndsWith("\n250 AUTH SCRAM-SHA-256 PLAIN LOGIN", await client.AskAsync("EHLO client.test"), StringComparison.Ordinal);
        AssertReply("235 2.7.0", await LogInAsync(client));
        AssertReply("250", await client.SendMessageAsync());
        Assert.Contains("\twith ESMTPA id ", Hub.Messages.Single().Content, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_users_it_is_neither_offered_nor_taken()
    {
        await using var relay = await TestRelay.StartAsync([Hub]);
        using var client = await relay.ConnectAsync();
        Assert.DoesNotContain("AUTH", await client.AskAsync("EHLO client.test"), StringComparison.Ordinal);
        AssertReply("502 5.5.1", await LogInAsync(client));
    }

    [Fact]
    public async Task STARTTLS_forgets_it()
    {
        await using var relay = await StartWithAsync(plaintext: true, isRequired: true);
        using var client = await relay.GreetAsync();
        AssertReply("235", await LogInAsync(client));
        // The relay looks whether the client is still there, and so reads on: STARTTLS may have to come twice.
        if ((await client.AskAsync("STARTTLS")).StartsWith("454", StringComparison.Ordinal))
        {
            AssertReply("220", await client.AskAsync("STARTTLS"));
        }

        await client.SecureAsync();
        await client.AskAsync("EHLO client.test");
        AssertReply("530 5.7.0", await client.AskAsync("MAIL FROM:<a@b.test>"));
        AssertReply("235", await LogInAsync(client));
        AssertReply("250", await client.SendMessageAsync());
    }

    [Fact]
    public async Task What_is_slipped_in_before_tls_authenticates_nobody()
    {
        await using var relay = await StartWithAsync(isRequired: true);
        using var client = await relay.GreetAsync();
        await client.SendAsync($"STARTTLS\r\nEHLO evil.test\r\n{Plain("app", TestUsers.Password)}\r\n");
        AssertReply("220", await client.ReplyAsync());
        await client.SecureAsync();
        AssertReply("250", await client.AskAsync("EHLO client.test"));
        AssertReply("530 5.7.0", await client.AskAsync("MAIL FROM:<a@b.test>"));
    }

    [Fact]
    public async Task Every_exchange_may_begin_with_or_without_a_response()
    {
        await using var relay = await StartWithAsync(plaintext: true);
        foreach (var lines in (string[][])
            [
                ["AUTH PLAIN", "334 ", Base64("\0app\0swordfish"), "235 2.7.0"],
                ["auth plain " + Base64("app\0app\0swordfish"), "235 2.7.0"],
                ["AUTH LOGIN", "334 VXNlcm5hbWU6", Base64("app"), "334 UGFzc3dvcmQ6", Base64("swordfish"), "235 2.7.0"],
                ["AUTH LOGIN " + Base64("app"), "334 UGFzc3dvcmQ6", Base64("swordfish"), "235 2.7.0"],
                ["AUTH PLAIN =", "501 5.5.2"],
                ["AUTH PLAIN", "334 ", "*", "501 5.7.0"],
                ["AUTH LOGIN", "334 VXNlcm5hbWU6", Base64("app"), "334 UGFzc3dvcmQ6", "*", "501 5.7.0"],
                ["AUTH PLAIN", "334 ", "", "501 5.5.2"],
                ["AUTH PLAIN", "334 ", "not base64", "501 5.5.2"],
                ["AUTH PLAIN !!!!", "501 5.5.2"],
                ["AUTH PLAIN", "334 ", "NOOP", "501 5.5.2"],
                ["AUTH PLAIN " + Base64("other\0app\0swordfish"), Wrong],
                ["AUTH CRAM-MD5", "504 5.5.4"],
                ["AUTH SCRAM-SHA-256", "504 5.5.4"], // a user has no verifier
                ["AUTH XOAUTH2 " + Base64("user=app"), "504 5.5.4"],
                ["AUTH", "501 5.5.4"],
                ["AUTH PLAIN AAA= AAA=", "501 5.5.4"],
            ])
        {
            using var client = await relay.GreetAsync();
            for (var i = 0; i < lines.Length; i += 2)
            {
                AssertReply(lines[i + 1], await client.AskAsync(lines[i]));
            }

            AssertReply("250", await client.AskAsync("NOOP"));
            using var good = await relay.GreetAsync();
            AssertReply("235", await LogInAsync(good)); // what failed in a row is forgotten
        }
    }

    [Fact]
    public async Task A_line_of_12288_octets_is_read_and_a_longer_one_is_not()
    {
        await using var relay = await StartWithAsync($"app:{TestUsers.Scram}", plaintext: true);
        using var client = await relay.GreetAsync();
        await client.AskAsync("AUTH PLAIN");
        AssertReply("501 5.5.2", await client.AskAsync(new string('A', 12284))); // zeros: no name
        await client.AskAsync("AUTH PLAIN");
        AssertReply("500 5.5.6", await client.AskAsync(new string('A', 12288)));
        await client.AskAsync("AUTH PLAIN");
        AssertReply("500 5.5.6", await client.AskAsync(new string('A', 500_000)));
        AssertReply("235", await LogInAsync(client));
    }

    [Fact]
    public async Task A_bare_line_ending_ends_the_session()
    {
        await using var relay = await StartWithAsync(plaintext: true);
        using var client = await relay.GreetAsync();
        await client.AskAsync("AUTH PLAIN");
        await client.SendAsync(Base64("\0app\0swordfish") + "\nMAIL FROM:<a@b.test>\r\n");
        AssertReply("500 5.5.2", await client.ReplyAsync());
        Assert.True(await client.EndsAsync());
    }

    [Fact]
    public async Task It_has_no_place_in_a_transaction_nor_before_EHLO()
    {
        await using var relay = await StartWithAsync(plaintext: true);
        using var client = await relay.ConnectAsync();
        AssertReply("503 5.5.1", await LogInAsync(client));
        await client.AskAsync("HELO client.test");
        AssertReply("503 5.5.1", await LogInAsync(client));
        await client.AskAsync("EHLO client.test");
        await client.AskAsync("MAIL FROM:<a@b.test>");
        AssertReply("503 5.5.1", await LogInAsync(client));
        await client.AskAsync("RCPT TO:<c@d.test>");
        AssertReply("503 5.5.1", await LogInAsync(client));
    }

    [Fact]
    public async Task Commands_behind_it_in_one_write_are_answered_behind_it()
    {
        await using var relay = await StartWithAsync(plaintext: true, isRequired: true);
        using var client = await relay.GreetAsync();
        await client.SendAsync($"{Plain("app", TestUsers.Password)}\r\nMAIL FROM:<a@b.test>\r\nRCPT TO:<c@d.test>\r\nDATA\r\n");
        foreach (var expected in (string[])["235", "250 2.1.0", "250", "354"])
        {
            AssertReply(expected, await client.ReplyAsync());
        }

        // An exchange takes the next line for its own, whatever it looks like.
        using var other = await relay.GreetAsync();
        await other.SendAsync("AUTH PLAIN\r\nMAIL FROM:<a@b.test>\r\nRSET\r\n");
        foreach (var expected in (string[])["334", "501 5.5.2", "250"])
        {
            AssertReply(expected, await other.ReplyAsync());
        }
    }

    [Fact]
    public async Task A_client_that_is_silent_inside_it_is_told_so_and_one_that_leaves_is_let_go()
    {
        await using var relay = await StartWithAsync(plaintext: true, change: config => config with { Limits = config.Limits with { IdleSeconds = 1 } });
        using var silent = await relay.GreetAsync();
        await silent.AskAsync("AUTH LOGIN");
        AssertReply("421 4.4.2", await silent.ReplyAsync());
        Assert.True(await silent.EndsAsync());

        using var leaving = await relay.GreetAsync();
        await leaving.AskAsync("AUTH LOGIN");
        leaving.EndInput();
        Assert.True(await leaving.EndsAsync());
    }

    [Fact]
    public async Task A_leaving_relay_ends_it()
    {
        await using var relay = await StartWithAsync(plaintext: true);
        using var client = await relay.GreetAsync();
        await client.AskAsync("AUTH LOGIN");
        var leaving = relay.Host.LeaveAsync(TimeSpan.FromSeconds(10));
        AssertReply("421 4.3.2", await client.ReplyAsync());
        await leaving;
    }
}
