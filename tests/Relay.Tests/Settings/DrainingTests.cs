using System.Net;
using RelayOperator.Relay.Server;
using RelayOperator.TestKit;
using Xunit;

namespace RelayOperator.Relay.Tests.Settings;

/// <summary>A pod that is named in draining, and one that was told to end.</summary>
public sealed class DrainingTests : IAsyncLifetime
{
    private static readonly HttpClient Http = new();

    private readonly ScriptedHub _hub = new();
    private TestRelay _relay = null!;

    public async ValueTask InitializeAsync() => _relay = await TestRelay.StartAsync([_hub]);

    public async ValueTask DisposeAsync()
    {
        await _relay.DisposeAsync();
        await _hub.DisposeAsync();
    }

    [Fact]
    public async Task A_pod_that_is_to_be_removed_serves_on_and_is_drained_when_what_it_had_begun_has_ended()
    {
        using var wire = await _relay.GreetAsync();
        await AssignAsync(4, draining: false);
        Assert.Equal((false, false, null, 4L), Seen());

        await wire.AskAsync("MAIL FROM:<a@b.test>");
        await AssignAsync(5, draining: true);
        Assert.Equal((true, false, null, 5L), Seen());
        Assert.Equal(HttpStatusCode.OK, await ReadyAsync());

        await wire.AskAsync("RCPT TO:<c@d.test>");
        await wire.AskAsync("DATA");
        Assert.StartsWith("250", await wire.AskAsync("Subject: x\r\n\r\n."), StringComparison.Ordinal);
        await Eventually.True(() => Seen() == (true, true, 5L, 5L), "it is drained though a session is open");
        Assert.Single(_hub.Messages);

        using var another = await _relay.GreetAsync();
        Assert.StartsWith("250", await another.AskAsync("MAIL FROM:<a@b.test>"), StringComparison.Ordinal);
        Assert.Equal((true, true, 5L, 5L), Seen());
        await AssignAsync(6, draining: true);
        Assert.Equal((true, true, 6L, 6L), Seen());
    }

    [Fact]
    public async Task Taken_off_the_list_it_returns_to_service_and_what_it_begins_then_counts_when_it_is_named_again()
    {
        await AssignAsync(5, draining: true);
        Assert.Equal((true, true, 5L, 5L), Seen());
        using var before = await _relay.GreetAsync();
        await before.AskAsync("MAIL FROM:<a@b.test>");
        await AssignAsync(6, draining: false);
        Assert.Equal((false, false, null, 6L), Seen());

        await AssignAsync(7, draining: true);
        Assert.Equal((true, false, null, 7L), Seen());
        await before.AskAsync("RSET");
        await Eventually.True(() => Seen() == (true, true, 7L, 7L), "it is drained");
    }

    [Fact]
    public async Task Where_no_peer_stays_it_takes_no_new_mail_and_ends_what_it_has()
    {
        using var busy = await _relay.GreetAsync();
        using var idle = await _relay.GreetAsync();
        await busy.AskAsync("MAIL FROM:<a@b.test>");
        await AssignAsync(5, draining: true, closing: true);

        Assert.StartsWith("421 4.3.2", await idle.ReplyAsync(), StringComparison.Ordinal);
        using var late = await SmtpWire.ConnectAsync(_relay.Address);
        Assert.StartsWith("421 4.3.2", await late.ReplyAsync(), StringComparison.Ordinal);
        Assert.Equal((true, false, null, 5L), Seen());

        await busy.AskAsync("RCPT TO:<c@d.test>");
        await busy.AskAsync("DATA");
        Assert.StartsWith("250", await busy.AskAsync("Subject: x\r\n\r\n."), StringComparison.Ordinal);
        Assert.StartsWith("421 4.3.2", await busy.ReplyAsync(), StringComparison.Ordinal);
        await Eventually.True(() => Seen() == (true, true, 5L, 5L), "it is drained");
    }

    [Fact]
    public async Task Status_names_pool_and_pod()
    {
        Assert.Null(_relay.Status.PodUid);
        await AssignAsync(4, draining: false);
        Assert.Equal((_relay.Config.Uid, "corp-0", "pod-uid"), (_relay.Status.PoolUid, _relay.Status.PodName, _relay.Status.PodUid));
    }

    [Fact]
    public async Task Told_to_end_it_is_ready_and_accepts_until_it_closes()
    {
        await AssignAsync(4, draining: false);
        var linger = _relay.Host.LingerAsync(TimeSpan.FromSeconds(1));
        Assert.True(_relay.Status.Leaving);
        Assert.Equal(HttpStatusCode.OK, await ReadyAsync());
        using var wire = await _relay.GreetAsync();
        await wire.AskAsync("MAIL FROM:<a@b.test>");
        await linger;

        var leaving = _relay.Host.LeaveAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await ReadyAsync());
        Assert.False(_relay.Status.Drained);
        Assert.Equal("the relay is leaving", await _relay.Host.ApplyAsync(_relay.Config));
        await wire.AskAsync("RCPT TO:<c@d.test>");
        await wire.AskAsync("DATA");
        Assert.StartsWith("250", await wire.AskAsync("Subject: x\r\n\r\n."), StringComparison.Ordinal);
        Assert.StartsWith("421 4.3.2", await wire.ReplyAsync(), StringComparison.Ordinal);
        await leaving;
    }

    private (bool Draining, bool Drained, long? Token, long? Sequence) Seen()
    {
        var status = _relay.Status;
        return (status.Draining, status.Drained, status.DrainToken, status.ConfigSequence);
    }

    private async Task AssignAsync(long sequence, bool draining, bool closing = false) =>
        Assert.Null(await _relay.Host.ApplyAsync(_relay.Config, new PodAssignment("corp-0", "pod-uid", sequence, draining, closing)));

    private async Task<HttpStatusCode> ReadyAsync()
    {
        using var answer = await Http.GetAsync(new Uri($"{_relay.Host.AdminAddress}/readyz"));
        return answer.StatusCode;
    }
}
