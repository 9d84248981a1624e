using System.Collections.Immutable;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using RelayOperator.Relay.HandOver;
using RelayOperator.Relay.Spool;
using RelayOperator.Relay.Spool.Sqlite;
using RelayOperator.Relay.Tools;
using RelayOperator.TestKit;
using Xunit;

namespace RelayOperator.Relay.Tests.HandOver;

/// <summary>A pod that is to go gives what no hub takes to pods that stay.</summary>
public sealed class HandOverTests
{
    [Fact]
    public async Task What_no_hub_takes_goes_to_a_peer_with_its_id_and_the_pod_is_drained()
    {
        await using var pods = await HandOverPods.StartAsync(2);
        var queued = (await pods[1].SendAsync("Subject: one\r\n\r\n..dot\r\n", recipients: ["b@to.test", "c@to.test"]))[^1];
        await pods.LeaveAsync(1, 0);

        await pods.EmptyAsync(1);
        await Eventually.True(() => pods[1].Relay.Status.Drained, "it is drained");
        Assert.Equal(1, pods[0].Spool.Messages);
        Assert.Null(pods[1].Spool.HandOverFault);

        await using var hub = pods.HubReturns();
        await pods[0].EmptyAsync();
        var message = Assert.Single(hub.Messages);
        Assert.Equal(["RCPT TO:<b@to.test>", "RCPT TO:<c@to.test>"], message.Recipients);
        Assert.EndsWith("Subject: one\r\n\r\n.dot\r\n", message.Content, StringComparison.Ordinal);
        Assert.Contains($"id {queued.Split(' ')[^1]}", message.Content, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Many_and_large_messages_are_shared_among_the_peers_and_none_is_lost_or_doubled()
    {
        await using var pods = await HandOverPods.StartAsync(3);
        var large = $"Subject: large\r\n\r\n{string.Concat(Enumerable.Repeat("..line that begins with a dot\r\n", 30_000))}";
        for (var i = 0; i < 20; i++)
        {
            Assert.Contains("queued as", (await pods[2].SendAsync(i == 7 ? large : $"Subject: number {i}\r\n\r\n"))[^1], StringComparison.Ordinal);
        }

        await pods.LeaveAsync(2, 0, 1);
        await pods.EmptyAsync(2);
        Assert.InRange(pods[0].Spool.Messages, 1, 19);
        Assert.Equal(20, pods[0].Spool.Messages + pods[1].Spool.Messages);

        await using var hub = pods.HubReturns();
        await pods[0].EmptyAsync();
        await pods[1].EmptyAsync();
        var contents = hub.Messages.Select(message => message.Content).ToList();
        Assert.Equal(20, contents.Count);
        Assert.Single(contents, content => content.EndsWith(large.Replace("..", ".", StringComparison.Ordinal), StringComparison.Ordinal));
        for (var i = 0; i < 20; i++)
        {
            Assert.True(i == 7 || contents.Count(content => content.EndsWith($"Subject: number {i}\r\n\r\n", StringComparison.Ordinal)) == 1, $"number {i}");
        }
    }

    [Theory]
    [InlineData(RecipientState.Held)]
    [InlineData(RecipientState.Dead)]
    [InlineData(RecipientState.SetAside)]
    public async Task What_waits_for_a_person_goes_over_as_it_is_even_while_hubs_take_mail(RecipientState state)
    {
        await using var pods = await HandOverPods.StartAsync(2);
        await using var hub = pods.HubReturns();
        var message = HandOverPods.Message(1, state);
        await pods.PutAsync(1, [message]);
        await pods.LeaveAsync(1, 0);

        await pods.EmptyAsync(1);
        Assert.Equal(1, pods[0].Spool.States[state.ToString()]);
        await pods[0].StopAsync();
        var kept = await SpoolAt(pods[0].Folder, message.Message.Id);
        Assert.Equal(message.Message, kept.Message);
        Assert.Equal((3, "TO:<b@to.test> NOTIFY=FAILURE", 1, "450 4.2.0 later"), (kept.Recipients[0].Number, kept.Recipients[0].Rcpt, kept.Recipients[0].Attempts, kept.Recipients[0].LastReply));
        Assert.Equal("450 4.2.0 later", Assert.Single(kept.Attempts).Reply);
        Assert.Empty(hub.Messages);
    }

    [Fact]
    public async Task What_a_hub_takes_is_delivered_rather_than_handed_over()
    {
        await using var pods = await HandOverPods.StartAsync(2);
        for (var i = 0; i < 5; i++)
        {
            await pods[1].SendAsync();
        }

        await using var hub = pods.HubReturns();
        await Eventually.True(() => pods[1].Relay.HubStatus("ht1").State == "Healthy", "the hub is seen");
        await pods.LeaveAsync(1, 0);

        await pods.EmptyAsync(1);
        Assert.Equal(0, pods[0].Spool.Messages);
        Assert.Equal(5, hub.Messages.Count);
    }

    [Fact]
    public async Task Nothing_goes_to_a_peer_that_is_to_go_itself_or_does_not_answer_and_another_one_gets_it()
    {
        await using var pods = await HandOverPods.StartAsync(3);
        await pods[2].SendAsync();
        await pods[2].SendAsync();
        await pods[2].SendAsync();
        await pods.LeaveAsync(1);

        await pods.LeaveAsync(2, 1);
        await Eventually.True(() => pods[2].Spool.HandOverFault == "corp-1: it is to go itself", "the peer has refused");
        Assert.Equal(3, pods[2].Spool.Messages);

        var nobody = FreePort.Next();
        await pods.LeaveAsync(2, pods.Key(Peers(("corp-0", pods[0].Relay.Host.HandOverPort), ("corp-9", nobody))));
        await pods.EmptyAsync(2);
        Assert.Equal(3, pods[0].Spool.Messages);
    }

    [Fact]
    public async Task New_mail_goes_to_a_peer_at_once_so_that_the_pod_is_drained_under_load_and_takes_mail_even_then()
    {
        await using var pods = await HandOverPods.StartAsync(2);
        await pods[1].SendAsync();
        await pods.LeaveAsync(1, 0);
        using var stop = new CancellationTokenSource();
        var sending = Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            var sent = 0;
            while (!stop.IsCancellationRequested)
            {
                Assert.Contains("queued as", (await pods[1].SendAsync())[^1], StringComparison.Ordinal);
                sent++;
            }

            return sent;
        })).ToArray();

        await Eventually.True(() => pods[1].Relay.Status.Drained, "it is drained", 20);
        var large = $"Subject: large\r\n\r\n{string.Concat(Enumerable.Repeat("..line that begins with a dot\r\n", 30_000))}";
        Assert.Contains("queued as", (await pods[1].SendAsync(large))[^1], StringComparison.Ordinal);
        await stop.CancelAsync();
        var all = (await Task.WhenAll(sending)).Sum() + 2;

        Assert.Equal((all, 0), (pods[0].Spool.Messages, pods[1].Spool.Messages));
        await using var hub = pods.HubReturns();
        await pods[0].EmptyAsync();
        Assert.Equal(all, hub.Messages.Count);
        Assert.Contains(hub.Messages, message => message.Content.EndsWith(large.Replace("..", ".", StringComparison.Ordinal), StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_client_does_not_wait_for_a_peer_that_is_frozen()
    {
        await using var pods = await HandOverPods.StartAsync(1);
        await using var frozen = new SilentPeer(HandOverKey.Of(pods.Key()), isFrozen: true);
        await pods[0].SendAsync();
        await pods.LeaveAsync(0, pods.Key(Peers(("corp-7", frozen.Port))));
        await Eventually.True(() => frozen.Messages == 1, "it is handed over");

        // A client's own patience ends after 30 s at the earliest, and so does this reply's.
        Assert.Contains("queued as", (await pods[0].SendAsync())[^1], StringComparison.Ordinal);
        Assert.Contains(pods[0].Log.Lines, line => line.Contains("corp-7 takes no mail", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_pod_without_a_peer_keeps_its_mail_and_delivers_it_when_a_hub_returns()
    {
        await using var pods = await HandOverPods.StartAsync(1);
        await pods[0].SendAsync();
        await pods.LeaveAsync(0);
        await using var hub = pods.HubReturns();
        await pods.EmptyAsync(0);
        Assert.Single(hub.Messages);
    }

    [Fact]
    public async Task Whoever_shows_another_certificate_gives_nothing_and_gets_nothing()
    {
        await using var pods = await HandOverPods.StartAsync(2);
        await pods[1].SendAsync();
        var peers = pods.Key(Peers(("corp-0", pods[0].Relay.Host.HandOverPort)));

        await pods.LeaveAsync(1, pods.OtherKey(peers));
        await Eventually.True(() => pods[1].Spool.HandOverFault is not null, "it was not let in");
        Assert.Equal((0, 1), (pods[0].Spool.Messages, pods[1].Spool.Messages));

        await pods.LeaveAsync(1, peers);
        await pods.EmptyAsync(1);
        Assert.Equal(1, pods[0].Spool.Messages);
    }

    [Fact]
    public async Task Whoever_shows_no_certificate_is_not_let_in()
    {
        await using var pods = await HandOverPods.StartAsync(1);
        using var socket = new TcpClient();
        await socket.ConnectAsync(IPAddress.Loopback, pods[0].Relay.Host.HandOverPort);
        await using var tls = new SslStream(socket.GetStream(), false, static (_, shown, _, _) => shown is not null);
        var buffer = new byte[100];

        // TLS 1.3: the client has done its part before the server judges it.
        await Assert.ThrowsAnyAsync<IOException>(async () =>
        {
            await tls.AuthenticateAsClientAsync("pool");
            await tls.WriteAsync("POST /messages HTTP/1.1\r\nHost: pool\r\nContent-Length: 0\r\n\r\n"u8.ToArray());
            Assert.Equal(0, await tls.ReadAsync(buffer));
            throw new IOException("closed");
        });
    }

    [Fact]
    public async Task What_was_handed_over_before_is_known_even_after_its_delivery_and_a_restart()
    {
        await using var pods = await HandOverPods.StartAsync(1);
        using var folder = new TempFolder();
        await using var own = new SqliteSpool(folder.Path, TimeProvider.System, NullLogger.Instance, static _ => { }, static _ => { });
        Assert.Null(await own.OpenAsync(TestContext.Current.CancellationToken));
        var message = HandOverPods.Message(1, RecipientState.Waiting);
        await own.AddAsync(message, keepClaim: false);

        Assert.Equal(HandOverResult.Taken, await SendAsync());
        await using (var hub = pods.HubReturns())
        {
            await pods[0].EmptyAsync();
            Assert.Single(hub.Messages);
        }

        Assert.Equal(HandOverResult.Taken, await SendAsync());
        Assert.Equal(0, pods[0].Spool.Messages);
        await pods[0].RestartAsync();
        await pods.StayAsync(0);
        Assert.Equal(HandOverResult.Taken, await SendAsync());
        Assert.Equal(0, pods[0].Spool.Messages);

        // As a pod that did not hear the answer does.
        async Task<HandOverResult> SendAsync()
        {
            var claim = (await own.ClaimAsync(message.Message.Id))!;
            using var client = new HandOverClient(pods.Key(), TimeProvider.System);
            using var content = new HandOverContent(QueuedMessage.Of(new QueueEntry(claim.Message, claim.Recipients, [])), write => write(message.Body));
            var (result, _) = await client.SendAsync($"127.0.0.1:{pods[0].Relay.Host.HandOverPort}", content, TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
            await own.ReleaseAsync(claim);
            return result;
        }
    }

    [Fact]
    public async Task Where_a_peer_may_have_a_message_no_other_one_gets_it_as_long_as_that_is_a_peer()
    {
        await using var pods = await HandOverPods.StartAsync(2);
        await using var silent = new SilentPeer(HandOverKey.Of(pods.Key()));
        await pods[1].SendAsync();
        await pods.LeaveAsync(1, pods.Key(Peers(("corp-7", silent.Port))));
        await Eventually.True(() => pods[1].Spool.HandOverFault is not null && silent.Messages == 1, "it was sent and not answered");

        await pods.LeaveAsync(1, pods.Key(Peers(("corp-0", pods[0].Relay.Host.HandOverPort), ("corp-7", silent.Port))));
        await Eventually.True(() => silent.Messages == 2, "the same peer is asked again", 20);
        Assert.Equal((0, 1), (pods[0].Spool.Messages, pods[1].Spool.Messages));

        await pods.LeaveAsync(1, 0);
        await pods.EmptyAsync(1);
        Assert.Equal(1, pods[0].Spool.Messages);
        Assert.Contains(pods[1].Log.Lines, line => line.Contains("possibly a second time", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Another_message_that_happens_to_have_the_same_id_is_refused_and_kept()
    {
        await using var pods = await HandOverPods.StartAsync(2);
        var one = HandOverPods.Message(1, RecipientState.Held);
        var other = HandOverPods.Message(1, RecipientState.Held, "Subject: another\r\n\r\n");
        other = other with { Message = other.Message with { Id = one.Message.Id } };
        await pods.PutAsync(0, [one]);
        await pods.PutAsync(1, [other]);
        await pods.LeaveAsync(1, 0);

        await Eventually.True(() => pods[1].Spool.HandOverFault?.Contains("another message of its id", StringComparison.Ordinal) == true, "it was refused");
        Assert.Equal((1, 1), (pods[0].Spool.Messages, pods[1].Spool.Messages));
    }

    [Fact]
    public async Task What_goes_to_a_peer_and_back_and_over_again_is_not_taken_for_a_copy()
    {
        await using var pods = await HandOverPods.StartAsync(2);
        await pods[1].SendAsync();
        foreach (var (from, to) in ((int, int)[])[(1, 0), (0, 1), (1, 0), (0, 1)])
        {
            await pods.LeaveAsync(from, to);
            await pods.EmptyAsync(from);
            Assert.Equal(1, pods[to].Spool.Messages);
            await Eventually.True(() => pods[from].Spool.Sealed, "it is sealed");
            await pods.StayAsync(from);
        }

        await using var hub = pods.HubReturns();
        await pods[1].EmptyAsync();
        Assert.Single(hub.Messages);
    }

    [Fact]
    public async Task Taken_off_the_list_a_pod_keeps_what_it_still_has()
    {
        await using var pods = await HandOverPods.StartAsync(2);
        var nobody = FreePort.Next();
        await pods[1].SendAsync();
        await pods.LeaveAsync(1, pods.Key(Peers(("corp-0", nobody))));
        await Eventually.True(() => pods[1].Spool.HandOverFault is not null, "it was tried");

        await pods.StayAsync(1);
        await Eventually.True(() => pods[1].Spool.HandOverFault is null, "it is not tried any more");
        Assert.Equal((0, 1), (pods[0].Spool.Messages, pods[1].Spool.Messages));
        await using var hub = pods.HubReturns();
        await pods[1].EmptyAsync();
        Assert.Single(hub.Messages);
    }

    private static ImmutableSortedDictionary<string, string> Peers(params (string Name, int Port)[] peers) =>
        peers.ToImmutableSortedDictionary(peer => peer.Name, peer => $"127.0.0.1:{peer.Port}", StringComparer.Ordinal);

    private static async Task<QueueEntry> SpoolAt(string folder, SpoolId id)
    {
        await using var spool = new SqliteSpool(folder, TimeProvider.System, NullLogger.Instance, static _ => { }, static _ => { });
        Assert.Null(await spool.OpenAsync(CancellationToken.None));
        return (await spool.FindAsync(id))!;
    }
}
