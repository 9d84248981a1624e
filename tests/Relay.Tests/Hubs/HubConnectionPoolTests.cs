using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using RelayOperator.Api.Config;
using RelayOperator.Relay.Hubs;
using RelayOperator.Relay.Hubs.Tokens;
using RelayOperator.Relay.Timing;
using RelayOperator.TestKit;
using Xunit;

namespace RelayOperator.Relay.Tests.Hubs;

/// <summary>Which connection is used again, and which is not.</summary>
public sealed class HubConnectionPoolTests : IAsyncDisposable
{
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UnixEpoch);
    private readonly ScriptedHub _hub = new();
    private readonly DeadlineSweep _sweep;
    private readonly HubConnectionPool _pool;

    public HubConnectionPoolTests()
    {
        _sweep = new DeadlineSweep(_time);
        _pool = new HubConnectionPool(Config(3, 540), new IPEndPoint(IPAddress.Loopback, _hub.Port), "relay.test", _sweep, new HubTimeouts(), new AccessTokens(TimeProvider.System, NullLogger<AccessTokens>.Instance));
    }

    public async ValueTask DisposeAsync()
    {
        _pool.Dispose();
        await _hub.DisposeAsync();
        _sweep.Dispose();
    }

    [Fact]
    public async Task A_connection_is_used_again_until_its_messages_are_used_up()
    {
        var first = await RentAsync();
        for (var i = 0; i < 2; i++)
        {
            Deliver(first);
            Assert.Same(first, await RentAsync());
        }

        Deliver(first);
        Assert.NotSame(first, await RentAsync());
        await Eventually.True(() => _hub.Commands.Contains("QUIT"), "the used-up one takes its leave");
        Assert.Equal(2, _hub.Connections);
    }

    [Fact]
    public async Task A_connection_is_used_again_until_it_is_too_old()
    {
        var first = await RentAsync();
        for (var age = 0; age < 500; age += 20)
        {
            _pool.Return(first);
            _time.Advance(TimeSpan.FromSeconds(20));
            Assert.Same(first, await RentAsync());
        }

        _pool.Return(first);
        _time.Advance(TimeSpan.FromSeconds(41));
        Assert.NotSame(first, await RentAsync());
    }

    [Fact]
    public async Task After_30_idle_seconds_a_connection_is_asked_first()
    {
        var first = await RentAsync();
        _pool.Return(first);
        _time.Advance(TimeSpan.FromSeconds(29));
        Assert.Same(first, await RentAsync());
        Assert.DoesNotContain("NOOP", _hub.Commands);

        _pool.Return(first);
        _time.Advance(TimeSpan.FromSeconds(31));
        Assert.Same(first, await RentAsync());
        Assert.Equal("NOOP", _hub.Commands.Last());
    }

    [Fact]
    public async Task One_that_does_not_answer_well_is_replaced()
    {
        _hub.On("NOOP", "421 4.4.2 Too long idle");
        var first = await RentAsync();
        _pool.Return(first);
        _time.Advance(TimeSpan.FromSeconds(31));

        Assert.NotSame(first, await RentAsync());
        Assert.Equal(1, _pool.Busy);
    }

    [Fact]
    public async Task A_minute_idle_is_enough()
    {
        _pool.Return(await RentAsync());
        _time.Advance(TimeSpan.FromSeconds(59));
        _pool.Prune();
        Assert.Equal(1, _pool.Idle);

        _time.Advance(TimeSpan.FromSeconds(2));
        _pool.Prune();
        Assert.Equal(0, _pool.Idle);
        await Eventually.True(() => _hub.Commands.Contains("QUIT"), "it takes its leave");
    }

    [Theory]
    [InlineData("421 4.4.2 Idle\r\n")]
    [InlineData("2")]
    public async Task What_says_something_unasked_is_not_used_again(string unasked)
    {
        var first = await RentAsync();
        _pool.Return(first);
        _hub.SayUnasked(unasked);
        await Eventually.True(() => first.HasUnreadInput, "it has come");

        Assert.NotSame(first, await RentAsync());
        Assert.True(first.IsDead);
    }

    [Fact]
    public async Task What_says_more_than_was_asked_is_not_used_again()
    {
        _hub.On("RSET", HubAct.Raw("250 Ok\r\n250 Ok\r\n"));
        var first = await RentAsync();
        await first.WriteAsync("RSET\r\n"u8.ToArray(), TestContext.Current.CancellationToken);
        await first.ReadReplyAsync(HubPhase.Rset, TestContext.Current.CancellationToken);
        _pool.Return(first);
        await Eventually.True(() => first.HasUnreadInput, "the second reply has come");

        Assert.NotSame(first, await RentAsync());
    }

    [Fact]
    public async Task Other_credentials_or_tls_make_idle_connections_useless()
    {
        var config = Config(3, 540);
        _pool.Return(await RentAsync());
        _pool.Update(config with { Weight = 50 });
        Assert.Equal(1, _pool.Idle);

        _pool.Update(config with { SendXclient = true });
        Assert.Equal(0, _pool.Idle);
    }

    private static HubConfig Config(int messages, int age)
    {
        var config = TestRelay.Hub("ht1", 25);
        return config with { Limits = config.Limits with { MaxMessagesPerConnection = messages, MaxConnectionAgeSeconds = age } };
    }

    private async Task<HubConnection> RentAsync()
    {
        var result = await _pool.RentAsync(fresh: false, long.MaxValue, TestContext.Current.CancellationToken);
        return Assert.IsType<HubConnection>(result.Connection);
    }

    private void Deliver(HubConnection connection)
    {
        connection.Messages++;
        _pool.Return(connection);
    }
}
