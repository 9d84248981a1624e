using RelayOperator.Api;
using RelayOperator.Relay.Spool;
using RelayOperator.TestKit;
using Xunit;

namespace RelayOperator.Relay.Tests.Tools;

/// <summary>The queue tools where the spool is a database: what any relay of the pool answers about the mail of all.</summary>
public sealed class SharedQueueTests
{
    [Fact]
    public async Task Mail_in_a_database_is_listed_shown_held_released_retried_and_deleted()
    {
        await using var served = await ServedSpool.StartAsync(await DatabaseAsync());
        var (one, other) = (await served.AddAsync(), await served.AddAsync(recipient: "c@partner.test", route: "partners", state: RecipientState.Dead));

        Assert.Equal([one, other], (await served.RunAsync("list")).Ids);
        Assert.Equal([other], (await served.RunAsync("list", "--state", "Dead")).Ids);
        Assert.Contains("450 4.2.0 later", (await served.RunAsync("show", one)).Output, StringComparison.Ordinal);
        Assert.Equal($"1 message held{Environment.NewLine}", (await served.RunAsync("hold", "--route", "default")).Output);
        Assert.Equal(RecipientState.Held, await served.StateAsync(one));
        Assert.Equal($"1 message released{Environment.NewLine}", (await served.RunAsync("release", one)).Output);
        Assert.Equal(RecipientState.Waiting, await served.StateAsync(one));
        Assert.Equal($"1 message due now{Environment.NewLine}", (await served.RunAsync("retry", "--state", "Dead")).Output);
        Assert.Equal(RecipientState.Waiting, await served.StateAsync(other));
        Assert.Equal($"2 messages deleted{Environment.NewLine}", (await served.RunAsync("delete", "--all", "--yes")).Output);
        Assert.Equal(0, served.Spool.Statistics.Messages);
    }

    [Fact]
    public async Task What_another_relay_is_delivering_is_left_and_named()
    {
        var database = await DatabaseAsync();
        await using var one = await ServedSpool.StartAsync(database);
        await using var other = await ServedSpool.StartAsync(database);
        var busy = await one.AddAsync();
        var claim = Assert.Single(await one.Spool.ClaimAsync("default", 1));

        var run = await other.RunAsync("delete", "--all", "--yes");

        Assert.Equal(1, run.Code);
        Assert.StartsWith($"{busy}: is being delivered right now, and was left as it is", run.Output, StringComparison.Ordinal);
        Assert.NotNull(await other.StateAsync(busy));
        await one.Spool.ReleaseAsync(claim);
    }

    [Fact]
    public async Task Mail_goes_from_a_file_into_a_database_and_back()
    {
        await using var file = await ServedSpool.StartAsync();
        await using var database = await ServedSpool.StartAsync(await DatabaseAsync());
        var id = await file.AddAsync(state: RecipientState.Held);

        Assert.Equal(0, (await file.RunAsync("export", id, "--to", file.Exports)).Code);
        Assert.Equal(0, (await file.RunAsync("delete", id, "--yes")).Code);
        Assert.Equal(0, (await database.RunAsync("import", file.Exports)).Code);
        Assert.Equal(RecipientState.Held, await database.StateAsync(id));
        Assert.Equal(0, (await database.RunAsync("import", file.Exports)).Code);
        Assert.Equal(1, database.Spool.Statistics.Messages);

        Assert.Equal(0, (await database.RunAsync("export", "--all", "--to", database.Exports)).Code);
        Assert.Equal(await File.ReadAllBytesAsync(Path.Combine(file.Exports, $"{id}.eml")), await File.ReadAllBytesAsync(Path.Combine(database.Exports, $"{id}.eml")));
        Assert.Equal(0, (await file.RunAsync("import", database.Exports)).Code);
        Assert.Equal(RecipientState.Held, await file.StateAsync(id));
    }

    private static async Task<PostgresAddress> DatabaseAsync() =>
        PostgresAddress.Parse(await (await PostgresServer.SharedAsync()).CreateDatabaseAsync(), out _)!;
}
