using System.Net;
using System.Text;
using RelayOperator.Api;
using RelayOperator.Relay.Access;
using RelayOperator.TestKit;
using Xunit;

namespace RelayOperator.Relay.Tests.Attacks;

/// <summary>Commands in the place of content and content in the place of commands, and sizes that are none.</summary>
public sealed class InjectionTests : IAsyncLifetime
{
    private const string Envelope = "MAIL FROM:<a@b.test>\r\nRCPT TO:<c@d.test>\r\n";
    private const string Hidden = "MAIL FROM:<smuggled@evil.test>\r\nRCPT TO:<c@d.test>\r\n";

    private readonly ScriptedHub _hub = new();
    private TestRelay _relay = null!;

    public static TheoryData<string> Verbs => ["EHLO x", "MAIL FROM:<a@b.test>", "RCPT TO:<c@d.test>", "DATA", "RSET", "NOOP", "VRFY a", "QUIT", "STARTTLS", "XCLIENT ADDR=127.0.0.1", "AUTH PLAIN"];

    public async ValueTask InitializeAsync() => _relay = await TestRelay.StartAsync([_hub], config => config with { Access = [config.Access[0] with { MaxMessageBytes = 100_000 }], Limits = config.Limits with { MaxMessageBytes = 100_000 } });

    public async ValueTask DisposeAsync()
    {
        await _relay.DisposeAsync();
        await _hub.DisposeAsync();
    }

    [Fact]
    public async Task Behind_the_octets_of_the_last_chunk_the_next_transaction_begins()
    {
        var replies = await SendAsync($"{Envelope}BDAT 9 LAST\r\nS: 1\r\n\r\nx{Envelope}BDAT 4\r\nS: 2BDAT 5 LAST\r\n\r\n\r\nyQUIT\r\n");
        Assert.DoesNotContain(replies, reply => reply[0] is not '2');
        Assert.Equal(["S: 1\r\n\r\nx\r\n", "S: 2\r\n\r\ny\r\n"], _hub.Messages.Select(message => message.Untraced));
    }

    [Theory]
    [InlineData(Envelope, "")]
    [InlineData(Envelope, " LAST")]
    [InlineData("", "")]
    [InlineData("MAIL FROM:<a@b.test>\r\n", " LAST")]
    [InlineData("MAIL FROM:<a@b.test> SIZE=99999999\r\n", " LAST")]
    public async Task The_octets_of_a_chunk_are_never_commands_whatever_the_answer_is(string before, string last)
    {
        var replies = await SendAsync($"{before}BDAT {Hidden.Length}{last}\r\n{Hidden}QUIT\r\n");
        Assert.StartsWith("221", replies[^1], StringComparison.Ordinal);
        NothingSmuggled();
    }

    [Theory]
    [InlineData("-1")]
    [InlineData("+5")]
    [InlineData("0x10")]
    [InlineData("1e3")]
    [InlineData("5.0")]
    [InlineData("5,0")]
    [InlineData("٥")]
    [InlineData("9223372036854775808")]
    [InlineData("18446744073709551621")]
    [InlineData("99999999999999999999999999")]
    [InlineData("")]
    [InlineData("LAST")]
    [InlineData("5 FIRST")]
    [InlineData("5 LAST LAST")]
    [InlineData("5LAST")]
    [InlineData("5\0")]
    [InlineData("5\u0007 LAST")]
    public async Task After_a_chunk_without_a_size_nothing_more_is_read(string size)
    {
        foreach (var before in (string[])[Envelope, ""])
        {
            var replies = await SendAsync($"{before}BDAT {size}\r\n{Hidden}QUIT\r\n");
            Assert.StartsWith("5", replies[^1], StringComparison.Ordinal);
            NothingSmuggled();
        }
    }

    [Theory]
    [InlineData("9223372036854775807")]
    [InlineData("9223372036854775807 LAST")]
    public async Task A_chunk_larger_than_any_message_may_be_is_not_waited_for(string size)
    {
        foreach (var before in (string[])[Envelope, ""])
        {
            using var wire = await _relay.GreetAsync();
            var sending = SendAllAsync(wire, $"{before}BDAT {size}\r\n{string.Concat(Enumerable.Repeat(Hidden, 40_000))}");
            while ((await wire.ReplyAsync()).Length != 0)
            {
                // To the end of the session.
            }

            await sending;
            NothingSmuggled();
        }
    }

    [Theory]
    [InlineData("BDAT 100 LAST\r\nS: x\r\n")]
    [InlineData("BDAT 6\r\nS: x\r\nBDAT 100 LAST\r\nx")]
    [InlineData("BDAT 6\r\nS: x\r\n")]
    [InlineData("DATA\r\nS: x\r\n.")]
    [InlineData("DATA\r\nS: x\r\n.\r")]
    public async Task A_message_that_breaks_off_is_no_message(string body)
    {
        using var wire = await _relay.GreetAsync();
        await wire.SendAsync(Envelope + body);
        wire.EndInput();
        while ((await wire.ReplyAsync()).Length != 0)
        {
            // To the end of the session.
        }

        await Eventually.True(() => _relay.Status.Sessions == 0, "the session ends");
        Assert.Empty(_hub.Messages);
    }

    [Theory]
    [MemberData(nameof(Verbs))]
    public async Task NUL_control_characters_and_broken_UTF8_in_a_command_are_refused_and_the_session_goes_on(string line)
    {
        foreach (var octet in (string[])["\0", "\u0001", "\u007f", "\t", "\u00ff", "\u00c3("])
        {
            using var wire = await _relay.GreetAsync();
            foreach (var broken in (string[])[line + " " + octet + "x", line.Insert(line.IndexOf(' ', StringComparison.Ordinal) + 1, octet)])
            {
                Assert.StartsWith("5", await wire.AskAsync(broken), StringComparison.Ordinal);
                Assert.StartsWith("250", await wire.AskAsync("NOOP"), StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public async Task Addresses_of_any_length_are_refused_in_step_and_in_bounded_time()
    {
        using var wire = await _relay.GreetAsync();
        foreach (var length in (int[])[65, 250, 1000, 4090, 64 * 1024])
        {
            foreach (var address in (string[])[$"{new string('a', length)}@b.test", $"a@{new string('b', length)}.test{new string('c', 200)}", $"\"{new string('\\', length)}\"@b.test", $"{string.Concat(Enumerable.Repeat("@a,", length / 3))}:a@b.test"])
            {
                Assert.StartsWith("50", await wire.AskAsync($"MAIL FROM:<{address}>"), StringComparison.Ordinal);
            }
        }

        Assert.StartsWith("250", await wire.AskAsync("MAIL FROM:<a@b.test>"), StringComparison.Ordinal);
        Assert.StartsWith("50", await wire.AskAsync($"RCPT TO:<{new string('a', 64 * 1024)}@b.test>"), StringComparison.Ordinal);
        Assert.StartsWith("250", await wire.AskAsync("RCPT TO:<c@d.test>"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("10.0.0.0")]
    [InlineData("10.0.0.0/33")]
    [InlineData("10.0.0.0/-1")]
    [InlineData("10.0.0.0/08")]
    [InlineData("10.0.0.0/8 ")]
    [InlineData("10.0.0.0/255.0.0.0")]
    [InlineData("10.0.0.1/8")]
    [InlineData("10/8")]
    [InlineData("010.0.0.0/8")]
    [InlineData("0x0a.0.0.0/8")]
    [InlineData("167772160/8")]
    [InlineData("/0")]
    [InlineData("0/0")]
    [InlineData("*/0")]
    [InlineData("::/129")]
    [InlineData("::ffff:10.0.0.0/104")]
    [InlineData("::ffff:0:0/96")]
    [InlineData("::ffff:0.0.0.0/0")]
    [InlineData("fe80::%1/64")]
    [InlineData("[fd00::]/8")]
    public void A_network_that_readers_may_take_for_different_ones_is_no_network(string cidr) => Assert.False(CidrBlock.TryParse(cidr, out _), cidr);

    [Theory]
    [InlineData("10.0.0.1", "four")]
    [InlineData("::ffff:10.0.0.1", "four")]
    [InlineData("::10.0.0.1", "six")]
    [InlineData("::ffff:0:10.0.0.1", "six")]
    [InlineData("64:ff9b::10.0.0.1", "six")]
    [InlineData("2002:a00:1::", "six")]
    [InlineData("::ffff:192.0.2.1", null)]
    public void An_address_comes_under_the_rules_of_its_own_family_and_a_mapped_one_is_IPv4(string client, string? rule)
    {
        var table = new AccessTable([TestRelay.Rule("four", "10.0.0.0/8"), TestRelay.Rule("six", "::/0")], null);
        Assert.Equal(rule, table.Find(IPAddress.Parse(client))?.Config.Name);
    }

    private async Task<List<string>> SendAsync(string octets)
    {
        using var wire = await _relay.GreetAsync();
        await wire.SendAsync(Encoding.UTF8.GetBytes(octets));
        List<string> replies = [];
        for (var reply = await wire.ReplyAsync(); reply.Length != 0; reply = await wire.ReplyAsync())
        {
            replies.Add(reply);
        }

        return replies;
    }

    private static async Task SendAllAsync(SmtpWire wire, string octets)
    {
        try
        {
            await wire.SendAsync(octets);
        }
        catch (System.Net.Sockets.SocketException)
        {
            // Cut off, as it should be.
        }
    }

    private void NothingSmuggled()
    {
        Assert.DoesNotContain(_hub.Commands, line => line.Contains("smuggled", StringComparison.Ordinal));
        Assert.DoesNotContain(_hub.Messages, message => message.Mail.Contains("smuggled", StringComparison.Ordinal));
    }
}
