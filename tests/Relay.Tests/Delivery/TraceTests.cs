using RelayOperator.TestKit;
using Xunit;
using static RelayOperator.Relay.Tests.Delivery.CutThroughTests;

namespace RelayOperator.Relay.Tests.Delivery;

/// <summary>Received fields: how many are too many, and how many of the pool's own.</summary>
public sealed class TraceTests
{
    [Theory]
    [InlineData(3, "250")]
    [InlineData(4, "554 5.4.6")]
    public async Task More_hops_than_allowed_are_refused(int hops, string reply)
    {
        await using var hub = new ScriptedHub();
        await using var relay = await TestRelay.StartAsync([hub], config => config with { Delivery = config.Delivery with { MaxHops = 3 } });
        using var client = await relay.GreetAsync();
        var body = string.Concat(Enumerable.Range(0, hops).Select(i => $"Received: from h{i}\r\n\tby h{i + 1}; today\r\n")) + "Subject: x\r\n\r\nReceived: this is text\r\n";

        Assert.StartsWith(reply, await SendAsync(client, body), StringComparison.Ordinal);
        Assert.Equal(reply == "250" ? 1 : 0, hub.Messages.Count);

        // The session stays in step.
        Assert.StartsWith("250", await SendAsync(client, "x\r\n"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_message_that_comes_round_a_third_time_is_refused(bool chunked)
    {
        await using var hub = new ScriptedHub();
        await using var relay = await TestRelay.StartAsync([hub]);
        using var client = await relay.GreetAsync();
        var body = "Subject: x\r\n\r\nround\r\n";
        for (var round = 1; round <= 3; round++)
        {
            await EnvelopeAsync(client);
            if (!chunked)
            {
                await client.AskAsync("DATA");
            }

            var reply = await client.AskAsync(chunked ? $"BDAT {body.Length} LAST\r\n{body[..^2]}" : body + ".");
            Assert.StartsWith(round < 3 ? "250" : "554 5.4.6", reply, StringComparison.Ordinal);
            body = hub.Messages.Last().Content;
        }

        Assert.Equal(2, hub.Messages.Count);
    }

    [Fact]
    public async Task Fields_of_another_pool_do_not_count_as_its_own()
    {
        await using var hub = new ScriptedHub();
        await using var first = await TestRelay.StartAsync([hub]);
        await using var second = await TestRelay.StartAsync([hub], config => config with { Uid = "99999999-2222-3333-4444-555555555555" });
        var body = "Subject: x\r\n\r\nround\r\n";
        foreach (var relay in (TestRelay[])[first, second, second, first])
        {
            using var client = await relay.GreetAsync();
            Assert.StartsWith("250", await SendAsync(client, body), StringComparison.Ordinal);
            body = hub.Messages.Last().Content;
        }
    }
}
