using System.Net;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using RelayOperator.Relay.Spool;
using Xunit;

namespace RelayOperator.Relay.Tests.Spool;

/// <summary>What every store has to do; each derives and says how it is opened.</summary>
public abstract class SpoolContractTests : IAsyncLifetime
{
    private static readonly DateTimeOffset Start = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly FakeTimeProvider _time = new(Start);
    private long _lastId = Start.ToUnixTimeMilliseconds() << 21;
    private ISpool? _spool;

    /// <summary>The store over the test's own data, not opened yet.</summary>
    protected abstract ISpool Create(TimeProvider time);

    /// <summary>Ends the store as a crash of its process would: what is claimed stays claimed until that is noticed.</summary>
    protected abstract Task CrashAsync(ISpool spool);

    private ISpool Spool => _spool!;

    public virtual async ValueTask InitializeAsync() => await OpenAsync();

    public virtual async ValueTask DisposeAsync()
    {
        await Spool.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task A_message_is_there_after_the_store_was_opened_anew()
    {
        var added = await AddAsync(Message("one", "a@x.example"));
        await ReopenAsync();

        var claim = Assert.Single(await Spool.ClaimAsync("default", 10));

        Assert.Equal(added.Message.Id, claim.Message.Id);
        Assert.Equal(added.Message, claim.Message);
        Assert.Equal(added.Recipients, claim.Recipients);
        Assert.Equal("one", Encoding.ASCII.GetString(claim.FirstChunk.Span));
        Assert.Equal("one", Encoding.ASCII.GetString((await Spool.ReadAsync(claim.Message.Id, 0))!));
    }

    [Fact]
    public async Task A_body_of_many_chunks_is_verified_and_read_back()
    {
        var id = NextId();
        var sum = 0u;
        for (var k = 0; k < 3; k++)
        {
            var chunk = Chunk(k);
            sum = BodyChecksum.Append(sum, BodyChecksum.Of(chunk));
            Assert.Equal(SpoolOutcome.Done, await Spool.AppendAsync(id, k, chunk));
        }

        var message = Message("", "a@x.example") with { Body = default };
        message = message with { Message = message.Message with { Id = id, Chunks = 3, WireBytes = 3 * ISpool.ChunkBytes, BodyChecksum = sum } };
        Assert.Equal(SpoolOutcome.Done, (await Spool.AddAsync(message, keepClaim: false)).Outcome);
        await ReopenAsync();

        for (var k = 0; k < 3; k++)
        {
            Assert.Equal(Chunk(k), await Spool.ReadAsync(id, k));
        }
    }

    [Theory]
    [InlineData(2, 0u)]
    [InlineData(4, 0u)]
    [InlineData(3, 1u)]
    public async Task A_body_that_is_not_all_there_makes_no_message(int chunks, uint wrong)
    {
        var id = NextId();
        var sum = wrong;
        for (var k = 0; k < 3; k++)
        {
            sum = BodyChecksum.Append(sum, BodyChecksum.Of(Chunk(k)));
            await Spool.AppendAsync(id, k, Chunk(k));
        }

        var message = Message("", "a@x.example") with { Body = default };
        message = message with { Message = message.Message with { Id = id, Chunks = chunks, WireBytes = 3 * ISpool.ChunkBytes, BodyChecksum = sum } };

        Assert.Equal(SpoolOutcome.BodyIncomplete, (await Spool.AddAsync(message, keepClaim: false)).Outcome);
        Assert.Null(await Spool.FindAsync(id));
        Assert.Equal(0, Spool.Statistics.Messages);
    }

    [Fact]
    public async Task A_body_that_was_given_up_leaves_nothing()
    {
        var id = NextId();
        await Spool.AppendAsync(id, 0, Chunk(0));
        await Spool.DropAsync(id);

        Assert.Null(await Spool.ReadAsync(id, 0));
        Assert.Equal(SpoolOutcome.Done, await Spool.AppendAsync(id, 0, Chunk(1)));
    }

    [Fact]
    public async Task What_is_not_due_is_not_claimed()
    {
        var message = Message("later", "a@x.example");
        await AddAsync(message with { Recipients = [message.Recipients[0] with { Due = Start.AddSeconds(60) }] });

        Assert.Empty(await Spool.ClaimAsync("default", 10));
        _time.Advance(TimeSpan.FromSeconds(61));
        Assert.Single(await Spool.ClaimAsync("default", 10));
    }

    [Fact]
    public async Task What_is_claimed_is_claimed_by_nobody_else_until_it_is_released()
    {
        await AddAsync(Message("one", "a@x.example"));
        var claim = Assert.Single(await Spool.ClaimAsync("default", 10));

        Assert.Empty(await Spool.ClaimAsync("default", 10));
        await Spool.ReleaseAsync(claim);
        Assert.Single(await Spool.ClaimAsync("default", 10));
    }

    [Fact]
    public async Task A_claim_is_settled_once()
    {
        await AddAsync(Message("one", "a@x.example"));
        var claim = Assert.Single(await Spool.ClaimAsync("default", 10));

        Assert.Equal(SpoolOutcome.Done, await Spool.SettleAsync(Delivered(claim)));
        Assert.NotEqual(SpoolOutcome.Done, await Spool.SettleAsync(Delivered(claim)));
        Assert.Equal(0, Spool.Statistics.Messages);
        Assert.Equal(0, Spool.Statistics.Bytes);
        Assert.Null(await Spool.FindAsync(claim.Message.Id));
        Assert.Null(await Spool.ReadAsync(claim.Message.Id, 0));
    }

    [Fact]
    public async Task A_message_goes_by_each_route_by_itself_and_is_gone_with_its_last_recipient()
    {
        await AddAsync(Message("two", "a@x.example", "b@partner.example>partners"));
        var first = Assert.Single(await Spool.ClaimAsync("default", 10));
        var second = Assert.Single(await Spool.ClaimAsync("partners", 10));
        Assert.Equal(0, Assert.Single(first.Recipients).Number);
        Assert.Equal(1, Assert.Single(second.Recipients).Number);

        await Spool.SettleAsync(Delivered(first));
        Assert.Equal(1, Spool.Statistics.Messages);
        await Spool.SettleAsync(Delivered(second));

        Assert.Equal(0, Spool.Statistics.Messages);
        Assert.All(Spool.Statistics.ByState, count => Assert.Equal(0, count));
    }

    [Fact]
    public async Task What_is_deferred_comes_back_when_it_is_due_with_the_hubs_words()
    {
        await AddAsync(Message("again", "a@x.example"));
        var claim = Assert.Single(await Spool.ClaimAsync("default", 10));
        var after = claim.Recipients[0] with { Due = Start.AddSeconds(90), Attempts = 1, LastReply = "450 4.2.1 busy", LastHub = "ht01", LastAttempt = Start, DelayNoticed = true };
        await Spool.SettleAsync(new Settlement(claim, [new(0, after)]) { Attempt = new AttemptNote(Start, "default", "ht01", "450 4.2.1 busy", [0]) });
        await ReopenAsync();

        Assert.Empty(await Spool.ClaimAsync("default", 10));
        _time.Advance(TimeSpan.FromSeconds(90));
        Assert.Equal(after, Assert.Single(Assert.Single(await Spool.ClaimAsync("default", 10)).Recipients));
        var attempt = Assert.Single((await Spool.FindAsync(claim.Message.Id))!.Attempts);
        Assert.Equal(("ht01", "450 4.2.1 busy", "default"), (attempt.Hub, attempt.Reply, attempt.Route));
        Assert.Equal([0], attempt.Recipients);
    }

    [Fact]
    public async Task A_message_from_another_spool_brings_its_attempts_along()
    {
        var message = await AddAsync(Message("moved", "a@x.example") with
        {
            Attempts = [new AttemptNote(Start, "default", "ht01", "450 4.2.1 busy", [0]), new AttemptNote(Start.AddSeconds(60), "default", "ht02", "451 4.3.0 later", [0])],
        });

        var kept = (await Spool.FindAsync(message.Message.Id))!.Attempts;
        Assert.Equal(["450 4.2.1 busy", "451 4.3.0 later"], kept.Select(attempt => attempt.Reply));
        Assert.Equal((Start.AddSeconds(60), "ht02"), (kept[1].At, kept[1].Hub));
    }

    [Fact]
    public async Task Of_many_attempts_the_first_and_the_latest_are_kept()
    {
        await AddAsync(Message("again", "a@x.example"));
        for (var i = 0; i < 70; i++)
        {
            var claim = Assert.Single(await Spool.ClaimAsync("default", 10));
            await Spool.SettleAsync(new Settlement(claim, [new(0, claim.Recipients[0])]) { Attempt = new AttemptNote(Start.AddSeconds(i), "default", "ht01", $"try {i}", [0]) });
        }

        var attempts = (await Spool.FindAsync(Assert.Single(await Spool.ClaimAsync("default", 1)).Message.Id))!.Attempts;
        Assert.InRange(attempts.Count, 20, 60);
        Assert.Equal("try 0", attempts[0].Reply);
        Assert.Equal("try 69", attempts[^1].Reply);
    }

    [Theory]
    [InlineData(RecipientState.Inactive)]
    [InlineData(RecipientState.InDoubt)]
    public async Task What_waits_for_a_verdict_is_sent_by_nobody_and_waits_its_turn_after_a_crash(RecipientState state)
    {
        var message = Message("maybe", "a@x.example");
        var (outcome, claim) = await Spool.AddAsync(message with { Recipients = [message.Recipients[0] with { State = state }] }, keepClaim: true);
        Assert.Equal(SpoolOutcome.Done, outcome);
        Assert.NotNull(claim);
        Assert.Empty(await Spool.ClaimAsync("default", 10));
        Assert.Equal(1, Spool.Statistics.ByState[(int)state]);

        await ReopenAsync();

        var after = Assert.Single(await Spool.ClaimAsync("default", 10));
        Assert.Equal(RecipientState.Waiting, Assert.Single(after.Recipients).State);
        Assert.Equal(0, Spool.Statistics.ByState[(int)state]);
    }

    [Fact]
    public async Task A_verdict_adds_recipients_and_activates_all_in_one_commit()
    {
        var message = Message("mixed", "a@x.example");
        var (_, claim) = await Spool.AddAsync(message with { Recipients = [message.Recipients[0] with { State = RecipientState.Inactive }] }, keepClaim: true);
        await Spool.SettleAsync(new Settlement(claim!, [new(0, claim!.Recipients[0] with { State = RecipientState.Waiting })])
        {
            Added = [message.Recipients[0] with { Number = 1, Rcpt = "TO:<b@x.example>" }],
        });

        Assert.Equal(2, Assert.Single(await Spool.ClaimAsync("default", 10)).Recipients.Count);
    }

    [Fact]
    public async Task A_notification_is_committed_with_the_failure_that_it_is_about()
    {
        await AddAsync(Message("fails", "a@x.example"));
        var claim = Assert.Single(await Spool.ClaimAsync("default", 10));
        var notification = Message("you should know", "sender@x.example");
        await Spool.SettleAsync(new Settlement(claim, [new(0, null)]) { Notifications = [notification] });

        var left = Assert.Single(await Spool.ClaimAsync("default", 10));
        Assert.Equal(notification.Message.Id, left.Message.Id);
        Assert.Equal(1, Spool.Statistics.Messages);
    }

    [Fact]
    public async Task One_senders_backlog_does_not_keep_the_others_waiting()
    {
        for (var i = 0; i < 50; i++)
        {
            await AddAsync(Message("bulk", "a@x.example", sender: $"bounce-{i}-user=x@news.example"));
        }

        var late = await AddAsync(Message("one", "a@x.example", sender: "quiet@other.example"));

        Assert.Contains(await Spool.ClaimAsync("default", 4), claim => claim.Message.Id == late.Message.Id);
    }

    [Fact]
    public async Task A_backlog_is_claimed_whole_and_oldest_first()
    {
        List<SpoolId> added = [];
        for (var i = 0; i < 30; i++)
        {
            var message = Message("bulk", "a@x.example");
            added.Add((await AddAsync(message with { Recipients = [message.Recipients[0] with { Due = Start.AddMilliseconds(i - 100) }] })).Message.Id);
        }

        List<SpoolId> claimed = [];
        while (await Spool.ClaimAsync("default", 7) is { Count: > 0 } claims)
        {
            claimed.AddRange(claims.Select(claim => claim.Message.Id));
        }

        Assert.Equal(added, claimed);
    }

    [Fact]
    public async Task An_id_is_taken_once()
    {
        var added = await AddAsync(Message("one", "a@x.example"));

        Assert.Equal(SpoolOutcome.Known, (await Spool.AddAsync(added, keepClaim: false)).Outcome);
        Assert.Equal(1, Spool.Statistics.Messages);
    }

    [Fact]
    public async Task What_was_in_flight_at_a_crash_is_rehearsed_alone_and_then_sent_as_others_are()
    {
        await AddAsync(Message("one", "a@x.example"));
        await AddAsync(Message("two", "a@x.example"));
        Assert.Equal(2, (await Spool.ClaimAsync("default", 10)).Count);
        await CrashAndReopenAsync();

        Assert.Empty(await Spool.ClaimAsync("default", 10));
        var suspect = await Spool.ClaimSuspectAsync();
        Assert.NotNull(suspect);
        Assert.Null(await Spool.ClaimSuspectAsync());
        Assert.Equal(SpoolOutcome.Done, await Spool.RehearsedAsync(suspect));

        Assert.Equal(suspect.Message.Id, Assert.Single(await Spool.ClaimAsync("default", 10)).Message.Id);
        Assert.Equal(SpoolOutcome.Done, await Spool.RehearsedAsync((await Spool.ClaimSuspectAsync())!));
        Assert.Equal(0, Spool.Statistics.ByState[(int)RecipientState.Suspect]);
    }

    [Fact]
    public async Task What_three_relays_died_of_is_set_aside_and_kept()
    {
        var poison = await AddAsync(Message("poison", "a@x.example"));
        Assert.Single(await Spool.ClaimAsync("default", 10));
        for (var crash = 0; crash < ISpool.CrashesToSetAside; crash++)
        {
            await CrashAndReopenAsync();
            Assert.NotNull(await Spool.ClaimSuspectAsync());
        }

        await CrashAndReopenAsync();
        Assert.Null(await Spool.ClaimSuspectAsync());
        Assert.Empty(await Spool.ClaimAsync("default", 10));
        Assert.Equal(RecipientState.SetAside, Assert.Single((await Spool.FindAsync(poison.Message.Id))!.Recipients).State);

        Assert.Equal(SpoolOutcome.Done, await Spool.ChangeAsync(poison.Message.Id, QueueAction.Retry));
        Assert.Single(await Spool.ClaimAsync("default", 10));
    }

    [Fact]
    public async Task What_is_in_flight_at_many_crashes_and_outlives_each_rehearsal_is_never_set_aside()
    {
        await AddAsync(Message("innocent", "a@x.example"));
        for (var crash = 0; crash < 10; crash++)
        {
            Assert.Single(await Spool.ClaimAsync("default", 10));
            await CrashAndReopenAsync();
            await Spool.RehearsedAsync((await Spool.ClaimSuspectAsync())!);
        }

        Assert.Single(await Spool.ClaimAsync("default", 10));
    }

    [Fact]
    public async Task A_held_message_waits_for_its_release()
    {
        var id = (await AddAsync(Message("one", "a@x.example"))).Message.Id;

        Assert.Equal(SpoolOutcome.Done, await Spool.ChangeAsync(id, QueueAction.Hold));
        Assert.Empty(await Spool.ClaimAsync("default", 10));
        Assert.Equal(SpoolOutcome.NotFound, await Spool.ChangeAsync(id, QueueAction.Hold));
        Assert.Equal(SpoolOutcome.Done, await Spool.ChangeAsync(id, QueueAction.Release));
        Assert.Single(await Spool.ClaimAsync("default", 10));
        Assert.Equal(SpoolOutcome.ClaimLost, await Spool.ChangeAsync(id, QueueAction.Delete));
    }

    [Fact]
    public async Task A_deleted_message_is_gone()
    {
        var id = (await AddAsync(Message("one", "a@x.example", "b@x.example"))).Message.Id;

        Assert.Equal(SpoolOutcome.Done, await Spool.ChangeAsync(id, QueueAction.Delete));
        Assert.Equal(SpoolOutcome.NotFound, await Spool.ChangeAsync(id, QueueAction.Delete));
        Assert.Equal(0, Spool.Statistics.Messages);
        Assert.Empty(await Spool.ClaimAsync("default", 10));
    }

    [Fact]
    public async Task The_queue_is_listed_by_route_domain_sender_state_and_age()
    {
        var one = (await AddAsync(Message("one", "a@x.example"))).Message.Id;
        var two = (await AddAsync(Message("two", "b@partner.example>partners", sender: "Other@y.example"))).Message.Id;
        var old = Message("old", "a@z.example");
        var three = (await AddAsync(old with { Message = old.Message with { ReceivedAt = Start.AddDays(-1) } })).Message.Id;
        await Spool.ChangeAsync(three, QueueAction.Hold);

        Assert.Equal([one, two, three], await ListAsync(new QueueFilter()));
        Assert.Equal([two], await ListAsync(new QueueFilter { Route = "partners" }));
        Assert.Equal([one], await ListAsync(new QueueFilter { Domain = "x.example" }));
        Assert.Equal([two], await ListAsync(new QueueFilter { Sender = "other@Y" }));
        Assert.Equal([three], await ListAsync(new QueueFilter { State = RecipientState.Held }));
        Assert.Equal([three], await ListAsync(new QueueFilter { Before = Start.AddHours(-1) }));
        Assert.Equal([one, two], await ListAsync(new QueueFilter { After = Start.AddHours(-1) }));
        Assert.Equal([two], await ListAsync(new QueueFilter { Id = two }));
        Assert.Equal([two, three], (await Spool.ListAsync(new QueueFilter(), one, 10)).Select(entry => entry.Message.Id));
        Assert.Single(await Spool.ListAsync(new QueueFilter(), default, 1));
    }

    [Fact]
    public async Task Mail_of_a_route_that_is_no_more_goes_by_another()
    {
        await AddAsync(Message("one", "a@x.example>gone"));
        Assert.Equal(["gone"], await Spool.RoutesAsync());

        Assert.Equal(1, await Spool.RerouteAsync("gone", _ => "default"));

        Assert.Single(await Spool.ClaimAsync("default", 10));
        Assert.Empty(await Spool.ClaimAsync("gone", 10));
    }

    [Fact]
    public async Task A_sealed_spool_takes_no_write_in_this_process_or_the_next()
    {
        var id = (await AddAsync(Message("one", "a@x.example"))).Message.Id;
        Assert.Equal(SpoolOutcome.NotEmpty, await Spool.SealAsync(new SpoolSeal(7, 7)));
        await Spool.ChangeAsync(id, QueueAction.Delete);
        Assert.Equal(SpoolOutcome.Done, await Spool.SealAsync(new SpoolSeal(7, 7)));

        for (var i = 0; i < 2; i++)
        {
            Assert.Equal(new SpoolSeal(7, 7), Spool.Seal);
            Assert.Equal(SpoolOutcome.Sealed, (await Spool.AddAsync(Message("late", "a@x.example"), keepClaim: false)).Outcome);
            Assert.Equal(SpoolOutcome.Sealed, await Spool.AppendAsync(NextId(), 0, Chunk(0)));
            await ReopenAsync();
        }

        Assert.Equal(SpoolOutcome.Sealed, await Spool.UnsealAsync(7));
        Assert.Equal(SpoolOutcome.Done, await Spool.UnsealAsync(8));
        Assert.Null(Spool.Seal);
        await AddAsync(Message("again", "a@x.example"));
    }

    [Fact]
    public async Task The_statistics_are_those_of_the_store_after_it_was_opened_anew()
    {
        await AddAsync(Message("one", "a@x.example"));
        var held = (await AddAsync(Message("three", "a@x.example", "b@x.example"))).Message.Id;
        await Spool.ChangeAsync(held, QueueAction.Hold);
        var before = Spool.Statistics;
        await ReopenAsync();

        Assert.Equal((2, 8), (before.Messages, before.Bytes));
        Assert.Equal(1, before.ByState[(int)RecipientState.Waiting]);
        Assert.Equal(1, before.ByState[(int)RecipientState.Held]);
        Assert.Equal(before.ByState, Spool.Statistics.ByState);
        Assert.Equal((before.Messages, before.Bytes, before.Oldest), (Spool.Statistics.Messages, Spool.Statistics.Bytes, Spool.Statistics.Oldest));
    }

    [Fact]
    public async Task Many_writers_at_once_lose_nothing()
    {
        const int Writers = 16, Each = 25;
        await Task.WhenAll(Enumerable.Range(0, Writers).Select(_ => Task.Run(async () =>
        {
            for (var i = 0; i < Each; i++)
            {
                await AddAsync(Message("bulk", "a@x.example"));
            }
        })));

        var ids = new HashSet<SpoolId>();
        while (await Spool.ClaimAsync("default", 50) is { Count: > 0 } claims)
        {
            Assert.All(claims, claim => Assert.True(ids.Add(claim.Message.Id)));
            await Task.WhenAll(claims.Select(claim => Spool.SettleAsync(Delivered(claim)).AsTask()));
        }

        Assert.Equal(Writers * Each, ids.Count);
        Assert.Equal(0, Spool.Statistics.Messages);
    }

    private static Settlement Delivered(SpoolClaim claim) => new(claim, [.. claim.Recipients.Select(recipient => new RecipientResult(recipient.Number, null))]);

    private static byte[] Chunk(int k)
    {
        var chunk = new byte[ISpool.ChunkBytes];
        new Random(k).NextBytes(chunk);
        return chunk;
    }

    private async Task<NewMessage> AddAsync(NewMessage message)
    {
        Assert.Equal(SpoolOutcome.Done, (await Spool.AddAsync(message, keepClaim: false)).Outcome);
        return message;
    }

    private async Task<List<SpoolId>> ListAsync(QueueFilter filter) =>
        [.. (await Spool.ListAsync(filter, default, 10)).Select(entry => entry.Message.Id)];

    private SpoolId NextId() => new(Interlocked.Increment(ref _lastId));

    // "address>route" for another route than the default one.
    private NewMessage Message(string text, string recipient, string? other = null, string sender = "s@x.example")
    {
        var body = Encoding.ASCII.GetBytes(text);
        string[] all = other is null ? [recipient] : [recipient, other];
        var recipients = all.Select((entry, number) =>
        {
            var parts = entry.Split('>');
            return new SpoolRecipient
            {
                Number = number,
                Rcpt = $"TO:<{parts[0]}> NOTIFY=FAILURE",
                Domain = parts[0].Split('@')[1],
                Route = parts.Length == 1 ? "default" : parts[1],
                Due = Start,
            };
        });
        return new NewMessage(
            new SpoolMessage
            {
                Id = NextId(),
                ReceivedAt = Start,
                Mail = $"FROM:<{sender}> BODY=8BITMIME",
                Client = IPAddress.Parse("10.1.2.3"),
                Helo = "client.example",
                Protocol = "ESMTP",
                Listener = "smtp",
                MessageId = "<1@client.example>",
                ContentBytes = body.Length,
                WireBytes = body.Length,
                Chunks = 1,
                BodyChecksum = BodyChecksum.Append(0, BodyChecksum.Of(body)),
                Recipients = all.Length,
            },
            [.. recipients],
            body);
    }

    private async Task OpenAsync()
    {
        _spool = Create(_time);
        Assert.Null(await _spool.OpenAsync(TestContext.Current.CancellationToken));
    }

    private async Task ReopenAsync()
    {
        await Spool.DisposeAsync();
        await OpenAsync();
    }

    private async Task CrashAndReopenAsync()
    {
        await CrashAsync(Spool);
        await OpenAsync();
    }
}
