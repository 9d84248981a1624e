using System.Globalization;
using RelayOperator.Api.Config;
using RelayOperator.TestKit;
using Xunit;

namespace RelayOperator.Relay.Tests.Server;

/// <summary>Header repair as a client and a hub see it.</summary>
public sealed class HeaderRepairSessionTests
{
    [Theory]
    [InlineData(DeliveryMode.CutThrough, false)]
    [InlineData(DeliveryMode.CutThrough, true)]
    [InlineData(DeliveryMode.StoreAndForward, false)]
    [InlineData(DeliveryMode.StoreAndForward, true)]
    public async Task A_hub_gets_Date_Message_ID_and_the_clients_address(DeliveryMode mode, bool chunked)
    {
        using var folder = new TempFolder();
        await using var hub = new ScriptedHub();
        await using var relay = await TestRelay.StartAsync([hub], config => Repaired(config, mode), spoolFolder: mode == DeliveryMode.StoreAndForward ? folder.Path : null);
        using var client = await relay.GreetAsync();

        // Larger than what is gathered before a hub is begun with, so that it is streamed.
        var text = string.Concat(Enumerable.Repeat("a line of the body, with nothing to it\r\n", 20_000));
        var content = $"Subject: s\r\nX-Originating-IP: [10.0.0.1]\r\n\r\n{text}";
        Assert.StartsWith("250", await MailAsync(client, content, chunked), StringComparison.Ordinal);

        await Eventually.True(() => hub.Messages.Count == 1, "the hub has it");
        var message = Assert.Single(hub.Messages);
        var header = message.Wire[..(message.Wire.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 2)];
        var lines = header.Split("\r\n");
        Assert.StartsWith("Received: ", lines[0], StringComparison.Ordinal);
        Assert.Equal("X-Originating-IP: [127.0.0.1]", Assert.Single(lines, line => line.StartsWith("X-Originating", StringComparison.Ordinal)));
        Assert.Single(lines, line => line.StartsWith("Date: ", StringComparison.Ordinal) && line.EndsWith(" +0000", StringComparison.Ordinal));
        Assert.Single(lines, line => line.StartsWith("Message-ID: <", StringComparison.Ordinal) && line.EndsWith("@relay.test>", StringComparison.Ordinal));
        Assert.EndsWith($"\r\n\r\n{text}", message.Wire, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_size_that_a_hub_is_told_counts_what_was_added_and_taken_out()
    {
        // Told once it is known: to the hub that gets the message after another one failed.
        var failed = 0;
        await using var first = new ScriptedHub().On("DOT", FailsOnce);
        await using var second = new ScriptedHub().On("DOT", FailsOnce);
        await using var relay = await TestRelay.StartAsync([first, second], config => Repaired(config, DeliveryMode.CutThrough));
        using var client = await relay.GreetAsync();
        Assert.StartsWith("250", await MailAsync(client, "Subject: s\r\nX-Originating-IP: [10.0.0.1]\r\n\r\nbody\r\n", chunked: false), StringComparison.Ordinal);

        var message = Assert.Single(first.Messages.Concat(second.Messages));
        Assert.Contains(string.Create(CultureInfo.InvariantCulture, $" SIZE={message.Content.Length}"), message.Mail, StringComparison.Ordinal);

        HubAct? FailsOnce(string line) => Interlocked.Exchange(ref failed, 1) == 0 ? HubAct.Close : null;
    }

    [Theory]
    [InlineData(DeliveryMode.CutThrough, false)]
    [InlineData(DeliveryMode.CutThrough, true)]
    [InlineData(DeliveryMode.StoreAndForward, false)]
    [InlineData(DeliveryMode.StoreAndForward, true)]
    public async Task A_header_larger_than_what_is_gathered_is_repaired_while_it_streams(DeliveryMode mode, bool chunked)
    {
        using var folder = new TempFolder();
        await using var hub = new ScriptedHub();
        await using var relay = await TestRelay.StartAsync([hub], config => Repaired(config, mode), spoolFolder: mode == DeliveryMode.StoreAndForward ? folder.Path : null);
        using var client = await relay.GreetAsync();
        var spoofed = $"X-Originating-IP: x\r\n{string.Concat(Enumerable.Repeat("\tgoes on, and would tell another address: [10.0.0.1]\r\n", 6_000))}";
        var kept = string.Concat(Enumerable.Range(0, 8_000).Select(i => string.Create(CultureInfo.InvariantCulture, $"X-Field-{i:D5}: some words that make the header long\r\n")));

        Assert.StartsWith("250", await MailAsync(client, $"{kept}{spoofed}{kept}\r\nbody\r\n", chunked), StringComparison.Ordinal);

        await Eventually.True(() => hub.Messages.Count == 1, "the hub has it");
        var wire = Assert.Single(hub.Messages).Wire;
        Assert.Contains($"X-Originating-IP: [127.0.0.1]\r\n{kept}{kept}Date: ", wire, StringComparison.Ordinal);
        Assert.DoesNotContain("10.0.0.1", wire, StringComparison.Ordinal);
        Assert.EndsWith("\r\n\r\nbody\r\n", wire, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_header_in_the_room_that_is_left_at_the_end_of_a_chunk_loses_nothing()
    {
        await using var hub = new ScriptedHub();
        await using var relay = await TestRelay.StartAsync([hub], config => Repaired(config, DeliveryMode.CutThrough));
        using var client = await relay.GreetAsync();
        // Every length of a header around where the first chunk of memory ends.
        for (var length = 12_000; length < 17_000; length += 211)
        {
            var fields = string.Concat(Enumerable.Range(0, length / 50).Select(i => string.Create(CultureInfo.InvariantCulture, $"X-Field-{i:D5}: {new string('v', 33)}\r\n")));
            Assert.StartsWith("250", await MailAsync(client, $"{fields}\r\nbody\r\n", chunked: false), StringComparison.Ordinal);
            var wire = hub.Messages.Last().Wire;
            Assert.Contains($"X-Originating-IP: [127.0.0.1]\r\n{fields}Date: ", wire, StringComparison.Ordinal);
            Assert.EndsWith("\r\n\r\nbody\r\n", wire, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Without_the_rules_word_a_message_passes_as_it_is()
    {
        await using var hub = new ScriptedHub();
        await using var relay = await TestRelay.StartAsync([hub]);
        using var client = await relay.GreetAsync();
        Assert.StartsWith("250", await MailAsync(client, "no header\r\n", chunked: false), StringComparison.Ordinal);
        Assert.EndsWith(" +0000\r\nno header\r\n", Assert.Single(hub.Messages).Wire, StringComparison.Ordinal);
    }

    private static async Task<string> MailAsync(SmtpWire client, string content, bool chunked)
    {
        Assert.StartsWith("250", await client.AskAsync("MAIL FROM:<a@b.test>"), StringComparison.Ordinal);
        Assert.StartsWith("250", await client.AskAsync("RCPT TO:<c@d.test>"), StringComparison.Ordinal);
        if (chunked)
        {
            await client.SendAsync(string.Create(CultureInfo.InvariantCulture, $"BDAT {content.Length} LAST\r\n{content}"));
            return await client.ReplyAsync();
        }

        Assert.StartsWith("354", await client.AskAsync("DATA"), StringComparison.Ordinal);
        return await client.AskAsync($"{content}.");
    }

    private static PoolConfig Repaired(PoolConfig config, DeliveryMode mode) => config with
    {
        Delivery = config.Delivery with { Mode = mode },
        Access = [config.Access[0] with { HeaderRepair = new HeaderRepairConfig(AddDate: true, AddMessageId: true, "X-Originating-IP") }],
    };
}
