using RelayOperator.Relay.Spool;
using RelayOperator.TestKit;
using Xunit;

namespace RelayOperator.Relay.Tests.Tools;

public sealed class QueueChangeTests
{
    [Fact]
    public async Task Messages_are_held_and_released_by_id()
    {
        await using var served = await ServedSpool.StartAsync();
        var (one, other) = (await served.AddAsync(), await served.AddAsync());

        var held = await served.RunAsync("hold", one);
        Assert.Equal((0, $"1 message held{Environment.NewLine}"), (held.Code, held.Output));
        Assert.Equal((RecipientState.Held, RecipientState.Waiting), (await served.StateAsync(one), await served.StateAsync(other)));

        Assert.Equal($"1 message released, 1 had nothing to release{Environment.NewLine}", (await served.RunAsync("release", one, other)).Output);
        Assert.Equal(RecipientState.Waiting, await served.StateAsync(one));
    }

    [Fact]
    public async Task Message_tracking_hears_of_what_is_held_deleted_and_imported()
    {
        await using var served = await ServedSpool.StartAsync();
        var id = await served.AddAsync();

        await served.RunAsync("export", id, "--to", served.Exports);
        await served.RunAsync("hold", id);
        await served.RunAsync("delete", id, "--yes");
        await served.RunAsync("import", served.Exports);

        await Eventually.True(() => served.Events.All.Count == 3, "three events are written");
        Assert.Collection(
            served.Events.All,
            held => Assert.Contains($"\"event\":\"HOLD\",\"id\":\"{id}\"", held, StringComparison.Ordinal),
            deleted => Assert.Contains("\"event\":\"DELETE\"", deleted, StringComparison.Ordinal),
            imported => Assert.Matches("\"event\":\"RECEIVE\".*\"sender\":\"a@from.test\",\"recipients\":\\[\"b@to.test\"\\].*\"reason\":\"imported\"", imported));
    }

    [Fact]
    public async Task Retry_brings_dead_mail_back()
    {
        await using var served = await ServedSpool.StartAsync();
        var dead = await served.AddAsync(state: RecipientState.Dead);

        Assert.Equal($"1 message due now{Environment.NewLine}", (await served.RunAsync("retry", "--state", "Dead")).Output);
        Assert.Equal(RecipientState.Waiting, await served.StateAsync(dead));
    }

    [Fact]
    public async Task What_a_filter_takes_is_changed_page_by_page()
    {
        await using var served = await ServedSpool.StartAsync();
        await served.AddManyAsync(1050);
        var other = await served.AddAsync(recipient: "c@partner.test", route: "partners");

        Assert.Equal($"1050 messages held{Environment.NewLine}", (await served.RunAsync("hold", "--domain", "to.test")).Output);
        Assert.Equal(1050, served.Spool.Statistics.ByState[(int)RecipientState.Held]);
        Assert.Equal($"1050 messages deleted{Environment.NewLine}", (await served.RunAsync("delete", "--state", "Held", "--yes")).Output);
        Assert.Equal([other], (await served.RunAsync("list")).Ids);
        Assert.Equal($"1 message deleted{Environment.NewLine}", (await served.RunAsync("delete", "--all", "--yes")).Output);
        Assert.Equal(0, served.Spool.Statistics.Messages);
        Assert.Equal($"0 messages deleted{Environment.NewLine}", (await served.RunAsync("delete", "--all", "--yes")).Output);
    }

    [Fact]
    public async Task What_is_being_delivered_is_left_and_named()
    {
        await using var served = await ServedSpool.StartAsync();
        var busy = await served.AddAsync();
        var claim = Assert.Single(await served.Spool.ClaimAsync("default", 1));
        var idle = await served.AddAsync();

        var run = await served.RunAsync("delete", "--all", "--yes");

        Assert.Equal(1, run.Code);
        Assert.Equal([$"{busy}: is being delivered right now, and was left as it is", "1 message deleted, 1 left: being delivered right now"], run.Output.TrimEnd().Split(Environment.NewLine));
        Assert.Null(await served.StateAsync(idle));
        Assert.Equal(0, (await served.RunAsync("retry", busy)).Code);
        await served.Spool.ReleaseAsync(claim);
    }

    [Fact]
    public async Task An_id_that_is_not_there_fails_and_the_others_are_changed()
    {
        await using var served = await ServedSpool.StartAsync();
        var id = await served.AddAsync();

        var run = await served.RunAsync("hold", "0000000000000", id);

        Assert.Equal((1, $"1 message held{Environment.NewLine}"), (run.Code, run.Output));
        Assert.Contains("0000000000000: no such message", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Delete_without_a_terminal_needs_a_yes_by_option()
    {
        await using var served = await ServedSpool.StartAsync();
        var id = await served.AddAsync();

        var run = await served.RunAsync("delete", id);

        Assert.Equal((1, ""), (run.Code, run.Output));
        Assert.Contains("add --yes", run.Error, StringComparison.Ordinal);
        Assert.NotNull(await served.StateAsync(id));
    }

    [Theory]
    [InlineData("y", 0)]
    [InlineData("yes", 0)]
    [InlineData("n", 1)]
    [InlineData("", 1)]
    public async Task Delete_asks_at_a_terminal(string said, int code)
    {
        await using var served = await ServedSpool.StartAsync();
        await served.AddAsync();
        await served.AddAsync();

        var run = await ToolRun.AnsweredAsync(said, served.Socket, "delete", "--all");

        Assert.Equal(code, run.Code);
        Assert.StartsWith("Delete 2 messages without a word to the senders? [y/N] ", run.Output, StringComparison.Ordinal);
        Assert.Equal(code == 0 ? 0 : 2, served.Spool.Statistics.Messages);
    }

    [Theory]
    [InlineData("hold", "Say which messages")]
    [InlineData("hold 0000000000000 --all", "do not go together")]
    [InlineData("delete --all --route default", "do not go together")]
    [InlineData("retry 17", "'17' is no id of a message")]
    [InlineData("list --older-than 5", "'5' is no age")]
    [InlineData("list --state Lost", "Waiting")]
    [InlineData("list --limit 0", "--limit must be 1 or more")]
    [InlineData("list -o yaml", "json")]
    [InlineData("export --all", "--to")]
    [InlineData("import", "Required argument missing")]
    [InlineData("purge", "purge")]
    public async Task Bad_usage_ends_with_2_and_says_what_is_allowed(string line, string expected)
    {
        var run = await ToolRun.StartAsync("/nowhere", line.Split(' '));
        Assert.Equal(2, run.Code);
        Assert.Contains(expected, run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("list")]
    [InlineData("delete")]
    [InlineData("import")]
    public async Task Help_is_no_bad_usage(string command) => Assert.Equal(0, (await ToolRun.StartAsync("/nowhere", command, "--help")).Code);
}
