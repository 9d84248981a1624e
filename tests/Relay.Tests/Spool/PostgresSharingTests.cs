using RelayOperator.Relay.Spool;
using RelayOperator.Relay.Spool.Postgres;
using RelayOperator.TestKit;
using Xunit;
using static RelayOperator.Relay.Tests.Spool.PostgresRelays;

namespace RelayOperator.Relay.Tests.Spool;

/// <summary>Relays that share a database: who may send what, and what becomes of one that is cut off.</summary>
public sealed class PostgresSharingTests : IAsyncLifetime
{
    private PostgresRelays _relays = null!;

    public async ValueTask InitializeAsync() => _relays = await ShareAsync();

    public ValueTask DisposeAsync() => _relays.DisposeAsync();

    [Fact]
    public async Task Two_relays_share_a_backlog_and_never_send_the_same()
    {
        const int Count = 300;
        var (one, other) = (await _relays.OpenAsync(), await _relays.OpenAsync());
        await Task.WhenAll(Enumerable.Range(0, Count).Select(async i => Assert.Equal(SpoolOutcome.Done, (await one.AddAsync(Message($"{i}"), keepClaim: false)).Outcome)));
        await Eventually.True(() => other.Statistics.Messages == Count, "the other one knows of them");

        var sent = await Task.WhenAll(DrainAsync(one), DrainAsync(other));

        Assert.Equal(Count, sent[0].Count + sent[1].Count);
        Assert.Equal(Count, sent[0].Union(sent[1]).Count());
        Assert.All(sent, some => Assert.NotEmpty(some));
        await Eventually.True(() => one.Statistics.Messages == 0 && other.Statistics.Messages == 0, "both know that nothing is left");
        Assert.All(one.Statistics.ByState.Concat(other.Statistics.ByState), count => Assert.Equal(0, count));

        static async Task<List<SpoolId>> DrainAsync(PostgresSpool spool)
        {
            List<SpoolId> sent = [];
            await Eventually.True(
                async () =>
                {
                    foreach (var claim in await spool.ClaimAsync("default", 5))
                    {
                        Assert.Equal(SpoolOutcome.Done, await spool.SettleAsync(Delivered(claim)));
                        sent.Add(claim.Message.Id);
                    }

                    return spool.Statistics.Messages == 0;
                },
                "all is sent",
                30);
            return sent;
        }
    }

    [Fact]
    public async Task A_relay_is_told_of_what_another_one_has_taken()
    {
        var (one, other) = (await _relays.OpenAsync(), await _relays.OpenAsync());
        var told = 0;
        other.Changed += () => Interlocked.Increment(ref told);

        await one.AddAsync(Message("for anybody", route: "partners"), keepClaim: false);

        await Eventually.True(() => told > 0, "it is told");
        await Eventually.True(async () => (await other.RoutesAsync()).Contains("partners"), "it knows the route");
        Assert.Single(await other.ClaimAsync("partners", 10));
    }

    [Fact]
    public async Task What_a_relay_was_sending_when_it_was_cut_off_is_taken_over_and_its_word_counts_no_more()
    {
        await using var line = new TcpLine(_relays.Server.Port);
        var (one, other) = (await _relays.OpenAsync(line), await _relays.OpenAsync());
        await one.AddAsync(Message("in flight"), keepClaim: false);
        var claim = Assert.Single(await one.ClaimAsync("default", 10));
        Assert.True(claim.HoldsFor(Lease / 3));

        line.Silence();
        await Eventually.True(() => !claim.HoldsFor(Lease / 3), "it may not send the final dot any more");
        await Eventually.True(() => other.Statistics.ByState[(int)RecipientState.Suspect] == 1, "the other one has taken over");
        var suspect = await other.ClaimSuspectAsync();
        Assert.Equal(claim.Message.Id, suspect!.Message.Id);

        line.Restore();
        await Eventually.True(async () => await one.SettleAsync(Delivered(claim)) == SpoolOutcome.ClaimLost, "the first one finds that out", 30);
        Assert.NotNull(await other.FindAsync(claim.Message.Id));
        Assert.Equal(SpoolOutcome.Done, await other.RehearsedAsync(suspect));
    }

    [Fact]
    public async Task A_relay_that_lives_keeps_what_it_has_claimed_and_the_bodies_that_come_in()
    {
        var (one, other) = (await _relays.OpenAsync(), await _relays.OpenAsync());
        var begun = Message("long");
        await one.AppendAsync(begun.Message.Id, 0, begun.Body);
        var (_, kept) = await one.AddAsync(Message("mine"), keepClaim: true);

        // Longer than a lease.
        using var limit = new PeriodicTimer(Lease * 1.5);
        await limit.WaitForNextTickAsync();

        Assert.True(kept!.HoldsFor(Lease / 3));
        Assert.Empty(await other.ClaimAsync("default", 10));
        Assert.Equal(SpoolOutcome.Done, (await one.AddAsync(begun with { Body = default }, keepClaim: false)).Outcome);
        Assert.Equal(SpoolOutcome.Done, await one.SettleAsync(Delivered(kept)));
    }

    [Fact]
    public async Task The_body_of_a_relay_that_is_gone_is_collected_and_makes_no_message_any_more()
    {
        await using var line = new TcpLine(_relays.Server.Port);
        var (one, _) = (await _relays.OpenAsync(line), await _relays.OpenAsync());
        var begun = Message("long");
        Assert.Equal(SpoolOutcome.Done, await one.AppendAsync(begun.Message.Id, 0, begun.Body));

        line.Silence();
        await Eventually.True(async () => (long)(await _relays.AskAsync("SELECT count(*) FROM relay_spool.chunk"))! == 0, "it is collected", 20);
        line.Restore();

        await Eventually.True(
            async () => (await one.AddAsync(begun with { Body = default }, keepClaim: false)).Outcome == SpoolOutcome.BodyIncomplete, "it is no message", 30);
        Assert.Equal(0L, await _relays.AskAsync("SELECT count(*) FROM relay_spool.message"));
    }

    [Fact]
    public async Task What_waited_for_a_verdict_of_a_relay_that_is_gone_waits_for_its_turn_and_may_come_twice()
    {
        await using var line = new TcpLine(_relays.Server.Port);
        var (one, other) = (await _relays.OpenAsync(line), await _relays.OpenAsync());
        var message = Message("maybe");
        await one.AddAsync(message with { Recipients = [message.Recipients[0] with { State = RecipientState.InDoubt }] }, keepClaim: true);

        line.Silence();

        await Eventually.True(() => other.Statistics.ByState[(int)RecipientState.Waiting] == 1, "it waits", 20);
        Assert.Single(await other.ClaimAsync("default", 10));
        Assert.Equal(1, _relays.PossibleDuplicates);
    }

    [Fact]
    public async Task Only_one_suspect_is_rehearsed_whoever_asks()
    {
        var one = await _relays.OpenAsync();
        await one.AddAsync(Message("1"), keepClaim: false);
        await one.AddAsync(Message("2"), keepClaim: false);
        Assert.Equal(2, (await one.ClaimAsync("default", 10)).Count);
        await one.DisposeAsync();
        var (two, three) = (await _relays.OpenAsync(), await _relays.OpenAsync());
        await Eventually.True(() => three.Statistics.ByState[(int)RecipientState.Suspect] == 2, "they are suspects");

        var suspect = await two.ClaimSuspectAsync();

        Assert.NotNull(suspect);
        Assert.Null(await three.ClaimSuspectAsync());
        Assert.Equal(SpoolOutcome.Done, await two.RehearsedAsync(suspect));
        Assert.NotNull(await three.ClaimSuspectAsync());
    }

    [Fact]
    public async Task A_claim_that_was_lost_and_an_id_that_is_known_take_nothing_along_of_what_shares_their_transaction()
    {
        const int Count = 20;
        var one = await _relays.OpenAsync();
        var known = Message("known");
        Assert.Equal(SpoolOutcome.Done, (await one.AddAsync(known, keepClaim: false)).Outcome);
        var claims = await Task.WhenAll(Enumerable.Range(0, Count).Select(async i => (await one.AddAsync(Message($"{i}"), keepClaim: true)).Claim!));
        await _relays.AskAsync($"UPDATE relay_spool.recipient SET claim=0 WHERE message={claims[Count / 2].Message.Id.Number}");

        var adding = Enumerable.Range(0, Count).Select(i => one.AddAsync(i == Count / 2 ? known : Message($"new {i}"), keepClaim: false).AsTask()).ToArray();
        var settled = await Task.WhenAll(claims.Select(claim => one.SettleAsync(Delivered(claim)).AsTask()));
        var added = await Task.WhenAll(adding);

        Assert.Equal(Enumerable.Range(0, Count).Select(i => i == Count / 2 ? SpoolOutcome.ClaimLost : SpoolOutcome.Done), settled);
        Assert.Equal(Enumerable.Range(0, Count).Select(i => i == Count / 2 ? SpoolOutcome.Known : SpoolOutcome.Done), added.Select(one => one.Outcome));
        Assert.Equal(1 + 1 + (Count - 1), (await AllAsync(one)).Count);
        Assert.Equal(1 + 1 + (Count - 1), one.Statistics.Messages);
        Assert.Equal(1 + 1 + (Count - 1), one.Statistics.ByState[(int)RecipientState.Waiting]);
    }

    [Fact]
    public async Task Relays_that_begin_at_once_make_the_tables_once()
    {
        var spools = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => _relays.OpenAsync()));

        foreach (var spool in spools)
        {
            Assert.Equal(SpoolOutcome.Done, (await spool.AddAsync(Message("x"), keepClaim: false)).Outcome);
        }
    }

    [Fact]
    public async Task A_chunk_that_does_not_match_its_checksum_sets_its_message_aside_for_an_operator()
    {
        var one = await _relays.OpenAsync();
        var message = Message("sound");
        await one.AddAsync(message, keepClaim: false);
        await _relays.AskAsync("UPDATE relay_spool.chunk SET bytes='found'");

        Assert.Empty(await one.ClaimAsync("default", 10));

        Assert.Equal(RecipientState.Damaged, (await one.FindAsync(message.Message.Id))!.Recipients[0].State);
        Assert.Equal(1, one.Statistics.ByState[(int)RecipientState.Damaged]);
    }

    [Fact]
    public async Task A_text_that_the_database_cannot_hold_is_kept_as_near_as_it_can()
    {
        var one = await _relays.OpenAsync();
        var message = Message("odd");
        Assert.Equal(SpoolOutcome.Done, (await one.AddAsync(message with { Message = message.Message with { Helo = "a\0b\uD800" } }, keepClaim: false)).Outcome);

        Assert.Equal("a\uFFFDb\uFFFD", Assert.Single(await one.ClaimAsync("default", 10)).Message.Helo);
    }
}
