using System.Collections.Concurrent;
using RelayOperator.Relay.Spool;
using RelayOperator.Relay.Spool.Postgres;
using RelayOperator.TestKit;
using Xunit;
using static RelayOperator.Relay.Tests.Spool.PostgresRelays;

namespace RelayOperator.Relay.Tests.Spool;

/// <summary>What a database does to a relay: restarts, dies, freezes, loses an answer, or is none that keeps mail.</summary>
public sealed class PostgresFaultTests
{
    [Fact]
    public async Task A_server_that_does_not_sync_is_refused()
    {
        await using var server = await PostgresServer.StartAsync("fsync=off");
        await using var relays = await ShareAsync(server);

        Assert.Contains("fsync=off", await relays.RefusalAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tables_of_a_later_relay_are_refused_and_those_of_an_earlier_one_brought_up_to_date()
    {
        await using var relays = await ShareAsync();
        var one = await relays.OpenAsync();
        await one.AddAsync(Message("old"), keepClaim: false);
        await one.DisposeAsync();
        var later = new PostgresSchema([.. PostgresSchema.Current.Steps, "ALTER TABLE relay_spool.message ADD COLUMN colour text NOT NULL DEFAULT ''"]);

        Assert.Null(await relays.RefusalAsync(later));
        Assert.Equal(0L, await relays.AskAsync("SELECT count(*) FROM relay_spool.message WHERE colour<>''"));
        Assert.Contains("it has version 2, and this relay knows 1 at most", await relays.RefusalAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_database_that_is_not_there_is_refused_and_one_without_a_standby_warned_of()
    {
        await using var relays = await ShareAsync();
        await using var nowhere = new PostgresRelays(relays.Server, relays.Server.Uri("nowhere"));

        Assert.Contains("\"nowhere\" does not exist", await nowhere.RefusalAsync(), StringComparison.Ordinal);
        await relays.OpenAsync();
        Assert.Single(relays.Log.Lines, line => line.Contains("no synchronous standby", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_server_that_cannot_be_reached_yet_is_waited_for()
    {
        await using var server = await PostgresServer.StartAsync();
        await using var relays = await ShareAsync(server);
        await server.StopAsync();

        var spool = await relays.OpenAsync();
        Assert.False(spool.Health.IsGood);
        Assert.Equal(SpoolOutcome.Failed, (await spool.AddAsync(Message("early"), keepClaim: false)).Outcome);

        await server.StartAgainAsync();
        await Eventually.True(() => spool.Health.IsGood, "it is open", 30);
        Assert.Equal(SpoolOutcome.Done, (await spool.AddAsync(Message("now"), keepClaim: false)).Outcome);
    }

    [Fact]
    public async Task Nothing_that_was_acknowledged_is_lost_over_restarts_and_deaths_of_the_server()
    {
        await using var server = await PostgresServer.StartAsync();
        await using var relays = await ShareAsync(server);
        var spools = new[] { await relays.OpenAsync(), await relays.OpenAsync() };
        var acknowledged = new ConcurrentDictionary<SpoolId, bool>();
        using var ending = new CancellationTokenSource();
        var senders = Enumerable.Range(0, 16).Select(i => Task.Run(async () =>
        {
            using var pause = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
            while (!ending.IsCancellationRequested)
            {
                var message = Message($"from {i}");
                if ((await spools[i % 2].AddAsync(message, keepClaim: i % 4 == 0)).Outcome == SpoolOutcome.Done)
                {
                    acknowledged[message.Message.Id] = true;
                }

                await pause.WaitForNextTickAsync();
            }
        })).ToArray();

        foreach (var end in (Func<Task>[])[server.KillAsync, server.StopAsync, server.KillAsync])
        {
            var before = acknowledged.Count;
            await Eventually.True(() => acknowledged.Count > before + 200, "mail is taken", 30);
            await end();
            await server.StartAgainAsync();
            await Eventually.True(() => spools[0].Health.IsGood && spools[1].Health.IsGood, "both go on", 30);
        }

        await ending.CancelAsync();
        await Task.WhenAll(senders);
        var kept = (await AllAsync(spools[0])).ToHashSet();
        Assert.Subset(kept, acknowledged.Keys.ToHashSet());
        // What was not acknowledged is gone, too, or was told to come twice.
        Assert.InRange(kept.Count - acknowledged.Count, 0, relays.PossibleDuplicates);
        await Eventually.True(() => spools.All(spool => spool.Statistics.Messages == kept.Count), "the totals are right");
    }

    [Fact]
    public async Task A_server_that_freezes_fails_what_waits_for_it_and_goes_on_when_it_thaws()
    {
        await using var server = await PostgresServer.StartAsync();
        await using var relays = await ShareAsync(server);
        var spool = await relays.OpenAsync();
        var (_, claim) = await spool.AddAsync(Message("before"), keepClaim: true);

        await server.FreezeAsync();
        var lost = Message("while it was frozen");
        Assert.Equal(SpoolOutcome.Failed, (await spool.AddAsync(lost, keepClaim: false)).Outcome);
        Assert.False(spool.Health.IsGood);
        Assert.False(claim!.HoldsFor(Lease / 3));

        await server.ThawAsync();
        await Eventually.True(() => spool.Health.IsGood, "it goes on", 30);
        Assert.Equal(SpoolOutcome.Done, (await spool.AddAsync(Message("after"), keepClaim: false)).Outcome);
        await Eventually.True(async () => await spool.FindAsync(lost.Message.Id) is null, "what was not acknowledged is gone");
    }

    [Fact]
    public async Task A_commit_without_an_answer_is_a_failure_and_what_it_left_is_removed()
    {
        await using var relays = await ShareAsync();
        await using var line = new TcpLine(relays.Server.Port);
        var spool = await relays.OpenAsync(line);
        var other = await relays.OpenAsync(lease: TimeSpan.FromMinutes(1));
        var message = Message("this answer is lost");

        line.LoseAnswerTo("this answer"u8);
        Assert.Equal(SpoolOutcome.Failed, (await spool.AddAsync(message, keepClaim: true)).Outcome);
        Assert.Equal(1, relays.PossibleDuplicates);
        Assert.NotNull(await other.FindAsync(message.Message.Id));

        await Eventually.True(async () => await other.FindAsync(message.Message.Id) is null, "it is removed");
        await Eventually.True(() => spool.Health.IsGood && spool.Statistics.Messages == 0, "nothing is left");
        Assert.Equal(0L, await relays.AskAsync("SELECT count(*) FROM relay_spool.chunk"));
    }

    [Fact]
    public async Task A_claim_without_an_answer_waits_again()
    {
        await using var relays = await ShareAsync();
        await using var line = new TcpLine(relays.Server.Port);
        var spool = await relays.OpenAsync(line);
        await spool.AddAsync(Message("one", route: "the route"), keepClaim: false);

        line.LoseAnswerTo("the route"u8);
        Assert.Empty(await spool.ClaimAsync("the route", 10));

        await Eventually.True(async () => (await spool.ClaimAsync("the route", 10)).Count == 1, "it can be claimed", 20);
    }

    [Fact]
    public async Task A_connection_that_is_cut_fails_no_more_than_what_it_carries()
    {
        await using var relays = await ShareAsync();
        await using var line = new TcpLine(relays.Server.Port);
        var spool = await relays.OpenAsync(line);
        var (_, claim) = await spool.AddAsync(Message("claimed"), keepClaim: true);

        line.Cut();

        await Eventually.True(async () => (await spool.AddAsync(Message("next"), keepClaim: false)).Outcome == SpoolOutcome.Done, "it goes on", 20);
        await Eventually.True(async () => await spool.SettleAsync(Delivered(claim!)) == SpoolOutcome.Done, "what is claimed stays so", 20);
        Assert.Equal(1, spool.Statistics.Messages);
    }

    [Fact]
    public async Task A_new_password_is_used_without_a_restart_and_a_wrong_one_refused()
    {
        await using var server = await PostgresServer.StartAsync();
        await using var relays = await ShareAsync(server);
        await relays.AskAsync($"CREATE ROLE spool LOGIN PASSWORD 'first'; GRANT CREATE ON DATABASE {relays.Database} TO spool");
        await server.AskForPasswordAsync("spool");
        var spool = await relays.OpenAsync(login: "spool:first");
        await using var wrong = new PostgresRelays(server, server.Uri(relays.Database).Replace("postgres@", "spool:wrong@", StringComparison.Ordinal));
        Assert.Contains("password authentication failed", await wrong.RefusalAsync(), StringComparison.Ordinal);

        await relays.AskAsync("ALTER ROLE spool PASSWORD 'second'");
        spool.TakePassword("second");
        await server.StopAsync();
        await server.StartAgainAsync();

        await Eventually.True(async () => (await spool.AddAsync(Message("x"), keepClaim: false)).Outcome == SpoolOutcome.Done, "it goes on", 30);
    }
}
