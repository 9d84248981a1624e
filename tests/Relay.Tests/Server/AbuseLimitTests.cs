using System.Net;
using Microsoft.Extensions.Time.Testing;
using RelayOperator.Relay.Access;
using RelayOperator.TestKit;
using Xunit;

namespace RelayOperator.Relay.Tests.Server;

/// <summary>Limits for clients that make nothing but trouble.</summary>
public sealed class AbuseLimitTests : IAsyncLifetime
{
    private readonly ScriptedHub _hub = new();
    private TestRelay _relay = null!;

    public async ValueTask InitializeAsync() => _relay = await TestRelay.StartAsync([_hub]);

    public async ValueTask DisposeAsync()
    {
        await _relay.DisposeAsync();
        await _hub.DisposeAsync();
    }

    [Theory]
    [InlineData("NONSENSE")]
    [InlineData("MAIL FROM:<broken")]
    [InlineData("DATA")]
    [InlineData("RCPT TO:<b@to.test>")]
    public async Task Who_makes_too_many_errors_is_slowed_down_and_sent_away(string command)
    {
        await _relay.ApplyAsync(config => config with { Limits = config.Limits with { MaxErrors = 4 } });
        using var wire = await _relay.GreetAsync();
        var began = TimeProvider.System.GetTimestamp();
        for (var i = 0; i < 4; i++)
        {
            Assert.StartsWith("5", await wire.AskAsync(command), StringComparison.Ordinal);
        }

        // A second for each from half of them on.
        Assert.InRange(TimeProvider.System.GetElapsedTime(began).TotalSeconds, 1.9, 30);
        Assert.StartsWith("421 4.7.0 Too many errors", await wire.AskAsync("NOOP"), StringComparison.Ordinal);
        Assert.True(await wire.EndsAsync());
        await CountsAsync("errors", 1);
    }

    [Fact]
    public async Task Recipients_that_hubs_refuse_count_and_a_message_that_is_taken_begins_anew()
    {
        _hub.On("RCPT", line => line.Contains("nobody", StringComparison.Ordinal) ? (HubAct)"550 5.1.1 unknown" : null);
        await _relay.ApplyAsync(config => config with { Limits = config.Limits with { MaxErrors = 6 } });
        using var wire = await _relay.GreetAsync();
        for (var round = 0; round < 3; round++)
        {
            await wire.AskAsync("MAIL FROM:<a@from.test>");
            Assert.StartsWith("550", await wire.AskAsync("RCPT TO:<nobody@to.test>"), StringComparison.Ordinal);
            Assert.StartsWith("550", await wire.AskAsync("RCPT TO:<nobody@to.test>"), StringComparison.Ordinal);
            Assert.StartsWith("250", await wire.AskAsync("RCPT TO:<b@to.test>"), StringComparison.Ordinal);
            await wire.AskAsync("DATA");
            Assert.StartsWith("250", await wire.AskAsync("Subject: x\r\n\r\n."), StringComparison.Ordinal);
        }

        Assert.Equal(3, _hub.Messages.Count);
    }

    [Fact]
    public async Task A_session_that_lasts_too_long_ends_between_transactions()
    {
        await _relay.ApplyAsync(config => config with { Limits = config.Limits with { MaxSessionSeconds = 1 } });
        using var wire = await _relay.GreetAsync();
        await wire.AskAsync("MAIL FROM:<a@from.test>");
        await wire.AskAsync("RCPT TO:<b@to.test>");
        var other = await _relay.GreetAsync();
        await Eventually.True(async () => (await other.AskAsync("NOOP")).StartsWith("421 4.7.0 This session has lasted", StringComparison.Ordinal), "a session without a transaction ends", 10);
        other.Dispose();

        Assert.StartsWith("354", await wire.AskAsync("DATA"), StringComparison.Ordinal);
        Assert.StartsWith("250", await wire.AskAsync("Subject: x\r\n\r\n."), StringComparison.Ordinal);
        Assert.StartsWith("421 4.7.0", await wire.AskAsync("NOOP"), StringComparison.Ordinal);
        await CountsAsync("expired", 2);
    }

    [Fact]
    public async Task Who_connects_too_often_is_told_and_others_are_not_concerned()
    {
        await _relay.ApplyAsync(config => config with { Limits = config.Limits with { ConnectionsPerMinute = 3 } });
        for (var i = 0; i < 3; i++)
        {
            using var wire = await _relay.ConnectAsync();
            Assert.StartsWith("221", await wire.AskAsync("QUIT"), StringComparison.Ordinal);
        }

        using var fourth = await SmtpWire.ConnectAsync(_relay.Address);
        Assert.StartsWith("421 4.7.0 You connect too often", await fourth.ReplyAsync(), StringComparison.Ordinal);
        using var other = await SmtpWire.ConnectAsync(_relay.Address, IPAddress.Parse("127.0.0.8"));
        Assert.StartsWith("220", await other.ReplyAsync(), StringComparison.Ordinal);
        await CountsAsync("limited", 1);
    }

    [Fact]
    public async Task Checks_of_a_balancer_are_greeted_and_may_relay_nothing()
    {
        await _relay.ApplyAsync(config => config with { Access = [TestRelay.Rule("other", "10.0.0.0/8")], HealthCheckCidrs = [IPNetwork.Parse("127.0.0.8/32")] });
        using var check = await SmtpWire.ConnectAsync(_relay.Address, IPAddress.Parse("127.0.0.8"));
        Assert.StartsWith("220", await check.ReplyAsync(), StringComparison.Ordinal);
        await check.AskAsync("EHLO check.test");
        await check.AskAsync("MAIL FROM:<a@from.test>");
        Assert.StartsWith("550 5.7.1", await check.AskAsync("RCPT TO:<b@to.test>"), StringComparison.Ordinal);
        using var other = await SmtpWire.ConnectAsync(_relay.Address);
        Assert.StartsWith("554 5.7.1", await other.ReplyAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public void Connections_of_the_minute_before_count_less_and_less()
    {
        var time = new FakeTimeProvider();
        var rate = new ConnectionRate(time);
        Assert.Equal(10, Enumerable.Range(0, 20).Count(_ => rate.TryTake(IPAddress.Loopback, 10)));
        time.Advance(TimeSpan.FromSeconds(90));
        Assert.Equal(5, Enumerable.Range(0, 20).Count(_ => rate.TryTake(IPAddress.Loopback, 10)));
        Assert.True(rate.TryTake(IPAddress.Parse("127.0.0.2"), 10));
        Assert.True(rate.TryTake(IPAddress.Loopback, 0));
    }

    private Task CountsAsync(string result, int count) => Eventually.True(
        async () => (await new RelayAdmin(IPEndPoint.Parse(new Uri(_relay.Host.AdminAddress).Authority)).GetAsync("metrics"))
            .Contains($"relay_sessions_total{{listener=\"smtp\",result=\"{result}\"}} {count}\n", StringComparison.Ordinal),
        "it is counted");
}
