using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using RelayOperator.TestKit;
using Xunit;

namespace RelayOperator.Relay.Tests.Attacks;

/// <summary>What is tried on relays to make them send for anybody. A trick is the lines of a session behind EHLO.</summary>
public sealed partial class OpenRelayTests : IAsyncLifetime
{
    private static readonly string[] Envelopes =
    [
        "MAIL FROM:<a@evil.test>|RCPT TO:<v@victim.test>",
        "MAIL FROM:<>|RCPT TO:<v@victim.test>",
        "MAIL FROM:<root@localhost>|RCPT TO:<v@victim.test>",
        "MAIL FROM:<postmaster@relay.test>|RCPT TO:<v@victim.test>",
        "MAIL FROM:<a@corp.example>|RCPT TO:<v@victim.test>",
        "MAIL FROM:<a@[127.0.0.1]>|RCPT TO:<v@[192.0.2.1]>",
        "MAIL FROM:<a@[127.0.0.1]>|RCPT TO:<v@[IPv6:2001:db8::1]>",
        "MAIL FROM:<a@corp.example>|RCPT TO:<v%victim.test@corp.example>",
        "MAIL FROM:<a@corp.example>|RCPT TO:<v%victim.test@[127.0.0.1]>",
        "MAIL FROM:<a@corp.example>|RCPT TO:<v%victim.test%relay.test@corp.example>",
        "MAIL FROM:<a@corp.example>|RCPT TO:<victim.test!v@corp.example>",
        "MAIL FROM:<a@corp.example>|RCPT TO:<corp.example!victim.test!v>",
        "MAIL FROM:<a@corp.example>|RCPT TO:<victim.test!v%relay.test@corp.example>",
        "MAIL FROM:<a@corp.example>|RCPT TO:<@corp.example:v@victim.test>",
        "MAIL FROM:<a@corp.example>|RCPT TO:<@corp.example,@relay.test:v@victim.test>",
        "MAIL FROM:<@corp.example:a@evil.test>|RCPT TO:<@[127.0.0.1]:v@victim.test>",
        "MAIL FROM:<a@corp.example>|RCPT TO:<@victim.test:v@corp.example>",
        "MAIL FROM:<a@corp.example>|RCPT TO:<\"v@victim.test\"@corp.example>",
        "MAIL FROM:<a@corp.example>|RCPT TO:<\"v@victim.test\">",
        "MAIL FROM:<a@corp.example>|RCPT TO:<\"v%victim.test\"@corp.example>",
        "MAIL FROM:<a@corp.example>|RCPT TO:<\"v\\@victim.test\"@corp.example>",
        "MAIL FROM:<a@corp.example>|RCPT TO:<\"victim.test!v\"@corp.example>",
        "MAIL FROM:<a@corp.example>|RCPT TO:<\"@victim.test:v\"@corp.example>",
        "MAIL FROM:<a@corp.example>|RCPT TO:<\"a@corp.example> <v\"@victim.test>",
        "MAIL FROM:<a@corp.example>|RCPT TO:<v@victim.test@corp.example>",
        "MAIL FROM:<a@corp.example>|RCPT TO:<v@corp.example@victim.test>",
        "MAIL FROM:<a@corp.example>|RCPT TO:<v@victim.test.>",
        "MAIL FROM:<a@corp.example>|RCPT TO:<v@victim.test.corp.example.>",
        "MAIL FROM:<a@corp.example>|RCPT TO:<v@corp.example.victim.test>",
        "MAIL FROM:<a@corp.example>|RCPT TO:<v@xcorp.example>",
        "MAIL FROM:<a@corp.example>|RCPT TO:<v@victim.test\0@corp.example>",
        "MAIL FROM:<a@corp.example>|RCPT TO:<v@victim.test>@corp.example",
        "MAIL FROM:<a@corp.example>|RCPT TO:<v@victim.test,a@corp.example>",
        "MAIL FROM:<a@corp.example>|RCPT TO:<a@corp.example,v@victim.test>",
        "MAIL FROM:<a@corp.example>|RCPT TO:<a@corp.example> <v@victim.test>",
        "MAIL FROM:<a@corp.example>|RCPT TO:<v@victim.test> NOTIFY=NEVER",
        "MAIL FROM:<a@corp.example>|RCPT TO:<v@victim.test> ORCPT=rfc822;a@corp.example",
        "MAIL FROM:<a@corp.example>|RCPT TO:<a@corp.example> RCPT=<v@victim.test>",
        "MAIL FROM:<a@corp.example>|RCPT TO: <v@victim.test>",
        "MAIL FROM:<a@corp.example>|RCPT TO:v@victim.test",
        "MAIL FROM:<a@corp.example>|RCPT TO:<v>",
        "MAIL FROM:<a@corp.example>|RCPT TO:<>",
        "MAIL FROM:<a@corp.example>|RCPT TO:< v@victim.test>",
        "MAIL FROM:<a@corp.example>|rcpt to:<V@VICTIM.TEST>",
        "MAIL FROM:<a@corp.example>|RCPT TO:<PostMaster@victim.test>",
        "MAIL FROM:<a@corp.example> SMTPUTF8|RCPT TO:<ü@victim.test>",
        "MAIL FROM:<a@corp.example> SMTPUTF8|RCPT TO:<v@corp.example。victim.test>",
        "MAIL FROM:<a@corp.example> SMTPUTF8|RCPT TO:<v＠victim.test@corp.example.victim.test>",
        "MAIL FROM:<a@corp.example> SMTPUTF8|RCPT TO:<v@ｖictim.test>",
        "MAIL FROM:<a@corp.example> AUTH=a@corp.example|RCPT TO:<v@victim.test>",
        "MAIL FROM:<a@corp.example>|RSET|MAIL FROM:<b@corp.example>|RCPT TO:<v@victim.test>",
        "MAIL FROM:<a@corp.example>|RCPT TO:<a@corp.example>|RSET|RCPT TO:<v@victim.test>",
        "MAIL FROM:<a@corp.example>|EHLO corp.example|MAIL FROM:<b@corp.example>|RCPT TO:<v@victim.test>",
        "HELO localhost|MAIL FROM:<a@corp.example>|RCPT TO:<v@victim.test>",
        "EHLO [127.0.0.1]|MAIL FROM:<a@corp.example>|RCPT TO:<v@victim.test>",
        "EHLO corp.example|MAIL FROM:<a@corp.example>|RCPT TO:<v@victim.test>",
        "XCLIENT ADDR=127.0.0.1 HELO=corp.example|EHLO x|MAIL FROM:<a@corp.example>|RCPT TO:<v@victim.test>",
        "XFORWARD ADDR=127.0.0.1|MAIL FROM:<a@corp.example>|RCPT TO:<v@victim.test>",
        "STARTTLS|MAIL FROM:<a@corp.example>|RCPT TO:<v@victim.test>",
        "AUTH PLAIN AGEAYQ==|MAIL FROM:<a@corp.example>|RCPT TO:<v@victim.test>",
        "VRFY v@victim.test|EXPN v@victim.test|ETRN victim.test|TURN|SEND FROM:<a@corp.example>|SOML FROM:<a@corp.example>|RCPT TO:<v@victim.test>",
        "MAIL FROM:<a@corp.example>|PROXY TCP4 127.0.0.1 127.0.0.1 1 25|RCPT TO:<v@victim.test>",
    ];

    private readonly ScriptedHub _hub = new();
    private TestRelay _relay = null!;

    public static TheoryData<string> Tricks => [.. Envelopes];

    public async ValueTask InitializeAsync() => _relay = await TestRelay.StartAsync([_hub]);

    public async ValueTask DisposeAsync()
    {
        await _relay.DisposeAsync();
        await _hub.DisposeAsync();
    }

    [Theory]
    [MemberData(nameof(Tricks))]
    public async Task Nothing_goes_anywhere_for_a_client_without_a_rule(string trick)
    {
        // A client that its proxy does not know is let in, to be refused at RCPT.
        await _relay.ApplyAsync(config => config with { Listeners = [config.Listeners[0] with { ProxyCidrs = [IPNetwork.Parse("127.0.0.0/8")] }] });
        var replies = await TryAsync("PROXY UNKNOWN\r\n", trick);
        Assert.DoesNotContain(replies, reply => reply.StartsWith("354", StringComparison.Ordinal) || reply.StartsWith("250 2.1.5", StringComparison.Ordinal));
        Assert.DoesNotContain(_hub.Commands, line => line.StartsWith("MAIL", StringComparison.OrdinalIgnoreCase));
    }

    [Theory]
    [MemberData(nameof(Tricks))]
    public async Task Nothing_that_is_said_before_the_greeting_helps_an_address_without_a_rule(string trick)
    {
        await _relay.ApplyAsync(config => config with { Access = [TestRelay.Rule("others", "10.0.0.0/8"), TestRelay.Rule("mapped", "127.0.0.2/32")] });
        var reply = Assert.Single(await TryAsync("", trick));
        Assert.StartsWith("554 5.7.1", reply, StringComparison.Ordinal);
        Assert.Empty(_hub.Messages);
    }

    [Theory]
    [MemberData(nameof(Tricks))]
    public async Task A_rule_for_one_domain_reaches_no_other(string trick)
    {
        await _relay.ApplyAsync(config => config with { Access = [config.Access[0] with { RecipientDomains = ["corp.example"] }] });
        _ = await TryAsync("", trick);
        Assert.All(
            _hub.Commands.Where(line => line.StartsWith("RCPT", StringComparison.OrdinalIgnoreCase)),
            line => Assert.Matches(PlainRecipient(), line));
    }

    [Fact]
    public async Task A_rule_for_one_domain_reaches_that_and_the_postmaster()
    {
        await _relay.ApplyAsync(config => config with { Access = [config.Access[0] with { RecipientDomains = ["corp.example"] }] });
        var replies = await TryAsync("", "MAIL FROM:<a@b.test>|RCPT TO:<A.b+c=d@CORP.example>|RCPT TO:<pOsTmAsTeR>|RCPT TO:<\"a b\"@corp.example>");
        Assert.Equal(3, replies.Count(reply => reply.StartsWith("250 2.1.5", StringComparison.Ordinal)));
        Assert.Single(_hub.Messages);
    }

    [Theory]
    [InlineData("a%b@c.test")]
    [InlineData("c.test!a@d.test")]
    public async Task A_rule_for_any_domain_leaves_the_local_part_to_the_hub(string recipient)
    {
        var replies = await TryAsync("", $"MAIL FROM:<a@b.test>|RCPT TO:<{recipient}>");
        Assert.Contains(replies, reply => reply.StartsWith("250 2.1.5", StringComparison.Ordinal));
        Assert.Single(_hub.Messages);
    }

    private async Task<List<string>> TryAsync(string first, string trick)
    {
        using var wire = await SmtpWire.ConnectAsync(_relay.Address);
        var lines = $"EHLO client.test|{trick}|DATA|Subject: x||.|QUIT|".Replace("|", "\r\n", StringComparison.Ordinal);
        await wire.SendAsync(Encoding.UTF8.GetBytes(first + lines));
        List<string> replies = [];
        for (var reply = await wire.ReplyAsync(); reply.Length != 0; reply = await wire.ReplyAsync())
        {
            if (!reply.StartsWith("220", StringComparison.Ordinal))
            {
                replies.Add(reply);
            }
        }

        return replies;
    }

    [GeneratedRegex(@"\ARCPT TO:<[^@%!\s<>]+@corp\.example>( .*)?\z", RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex PlainRecipient();
}
