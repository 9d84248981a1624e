using System.Text.Json;
using RelayOperator.Relay.Spool;
using RelayOperator.Relay.Tools;
using Xunit;

namespace RelayOperator.Relay.Tests.Tools;

public sealed class QueueListTests
{
    [Fact]
    public async Task A_list_has_a_row_for_each_message_oldest_first()
    {
        await using var served = await ServedSpool.StartAsync();
        var first = await served.AddAsync(age: TimeSpan.FromHours(5));
        var second = await served.AddAsync(sender: "", recipient: "c@partner.test", route: "partners", state: RecipientState.Held);

        var run = await served.RunAsync("list");

        Assert.Equal((0, ""), (run.Code, run.Error));
        var lines = run.Output.TrimEnd().Split(Environment.NewLine);
        Assert.Matches(@"^ID +AGE +SIZE +STATE +TRIES +NEXT +ROUTE +SENDER +RECIPIENTS$", lines[0]);
        Assert.Matches($@"^{first} +5h +21 +Waiting +2 +now +default +a@from\.test +b@to\.test$", lines[1]);
        Assert.Matches($@"^{second} +0s +21 +Held +2 +now +partners +<> +c@partner\.test$", lines[2]);
        Assert.Equal("2 messages", lines[3]);
    }

    [Fact]
    public async Task An_empty_spool_says_so()
    {
        await using var served = await ServedSpool.StartAsync();
        Assert.Equal(new ToolRun(0, "0 messages" + Environment.NewLine, ""), await served.RunAsync("list"));
    }

    [Theory]
    [InlineData("--route partners", "partner held")]
    [InlineData("--domain PARTNER.test", "partner held")]
    [InlineData("--sender ERP@", "erp")]
    [InlineData("--state Held", "held")]
    [InlineData("--older-than 2h", "old")]
    [InlineData("--newer-than 2h", "erp partner held")]
    [InlineData("--older-than 30m --newer-than 4h", "old")]
    [InlineData("--route partners --state Waiting", "partner")]
    [InlineData("--route default --state Held", "")]
    [InlineData("--limit 2", "old erp")]
    public async Task Filters_have_to_match_all(string options, string expected)
    {
        await using var served = await ServedSpool.StartAsync();
        var names = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            [await served.AddAsync(age: TimeSpan.FromHours(3))] = "old",
            [await served.AddAsync(sender: "erp@from.test")] = "erp",
            [await served.AddAsync(recipient: "c@partner.test", route: "partners")] = "partner",
            [await served.AddAsync(recipient: "d@partner.test", route: "partners", state: RecipientState.Held)] = "held",
        };

        var run = await served.RunAsync(["list", .. options.Split(' ')]);

        Assert.Equal(expected, string.Join(' ', run.Ids.Select(id => names[id])));
    }

    [Fact]
    public async Task Thousands_are_paged_and_a_limit_says_that_there_are_more()
    {
        await using var served = await ServedSpool.StartAsync();
        await served.AddManyAsync(3000);

        var all = await served.RunAsync("list");
        Assert.Equal(3000, all.Ids.Distinct(StringComparer.Ordinal).Count());
        Assert.Equal(all.Ids.Order(StringComparer.Ordinal), all.Ids);
        Assert.EndsWith($"3000 messages{Environment.NewLine}", all.Output, StringComparison.Ordinal);

        var some = await served.RunAsync("list", "--limit", "250");
        Assert.Equal(all.Ids.Take(250), some.Ids);
        Assert.EndsWith($"250 messages, and there are more{Environment.NewLine}", some.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Json_is_one_object_a_line()
    {
        await using var served = await ServedSpool.StartAsync();
        var id = await served.AddAsync();
        await served.AddAsync();

        var run = await served.RunAsync("list", "-o", "json");

        var lines = run.Output.TrimEnd().Split(Environment.NewLine);
        Assert.Equal(2, lines.Length);
        var message = JsonSerializer.Deserialize(lines[0], QueueJson.Line.QueuedMessage)!;
        Assert.Equal((id, "FROM:<a@from.test> RET=HDRS", RecipientState.Waiting), (message.Id, message.Mail, message.Recipients[0].State));
        Assert.Contains("\"state\":\"Waiting\"", lines[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Show_tells_all_that_is_known_of_a_message()
    {
        await using var served = await ServedSpool.StartAsync();
        var id = await served.AddAsync();

        var run = await served.RunAsync("show", id);

        Assert.Equal(0, run.Code);
        Assert.All(
            [$"Id          {id}", "MAIL        FROM:<a@from.test> RET=HDRS", "Client      10.20.0.7 helo=erp protocol=ESMTP listener=smtp", "RCPT        TO:<b@to.test> NOTIFY=NEVER  [0]", "State       Waiting", "Tries       2", "ht1: 450 4.2.0 later", "No attempts yet"],
            expected => Assert.Contains(expected, run.Output, StringComparison.Ordinal));
        Assert.Equal(id, JsonSerializer.Deserialize((await served.RunAsync("show", id, "-o", "json")).Output, QueueJson.Line.QueuedMessage)!.Id);
    }

    [Fact]
    public async Task Show_of_an_unknown_id_fails()
    {
        await using var served = await ServedSpool.StartAsync();
        var run = await served.RunAsync("show", "0000000000000");
        Assert.Equal((1, $"relay queue show: 0000000000000: no such message; it may have been delivered{Environment.NewLine}"), (run.Code, run.Error));
    }
}
