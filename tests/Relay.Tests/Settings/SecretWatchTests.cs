using System.Collections.Concurrent;
using System.Net;
using Microsoft.Extensions.Time.Testing;
using RelayOperator.Api.Config;
using RelayOperator.Relay.Settings;
using RelayOperator.TestKit;
using Xunit;

namespace RelayOperator.Relay.Tests.Settings;

public sealed class SecretWatchTests : IAsyncLifetime
{
    private readonly TempFolder _folder = new();
    private readonly ConcurrentQueue<long> _seen = new();
    private readonly LineLogger<SecretWatch> _log = new();
    private readonly CancellationTokenSource _stop = new();
    private SecretApi _api = null!;
    private HttpClient _client = null!;
    private SecretWatch _watch = null!;
    private Task _running = Task.CompletedTask;

    public async ValueTask InitializeAsync()
    {
        await File.WriteAllTextAsync(_folder.File("token"), "first\n");
        _api = await SecretApi.StartAsync(Pools.Numbered(1));
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _client?.Dispose();
        await _api.DisposeAsync();
        _stop.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task What_is_there_and_what_changes_is_handed_on_within_a_second()
    {
        await WatchedAsync();
        _api.Write(Pools.Numbered(2));
        await Eventually.True(() => _seen.LastOrDefault() == 2, "the change is seen", 1);
        _api.Write(Pools.Numbered(3));
        await Eventually.True(() => _seen.LastOrDefault() == 3, "the next change is seen", 1);
        Assert.Equal(1, _api.Lists);
        Assert.True(_watch.HasAnswered);
    }

    [Fact]
    public async Task A_Secret_that_vanishes_or_is_not_there_yet_is_handed_on_as_gone()
    {
        _api.Delete();
        await WatchedAsync();
        Assert.Equal([0L], _seen);
        _api.Write(Pools.Numbered(2));
        await Eventually.True(() => _seen.LastOrDefault() == 2, "it is seen when it is made");
        _api.Delete();
        await Eventually.True(() => _seen.LastOrDefault() == 0, "it is seen to be gone");
    }

    [Fact]
    public async Task A_watch_that_ended_goes_on_from_the_last_bookmark_without_a_list()
    {
        await WatchedAsync();
        _api.Bookmark();
        _api.EndWatches();
        await Eventually.True(() => _api.Asked.Any(asked => asked.What == "watch from 101"), "it goes on from the bookmark");
        Assert.Equal(1, _api.Lists);
    }

    [Fact]
    public async Task A_version_that_is_no_longer_known_is_listed_again()
    {
        await WatchedAsync();
        _api.IsSilent = true;
        _api.Write(Pools.Numbered(5));
        _api.IsSilent = false;
        _api.Expire();
        await Eventually.True(() => _api.Lists == 2 && _seen.LastOrDefault() == 5, "it is listed again");
    }

    [Fact]
    public async Task Nonsense_in_a_watch_is_followed_by_a_list()
    {
        await WatchedAsync();
        _api.TellNonsense();
        await Eventually.True(() => _api.Lists == 2 && _api.Watches == 1, "it is listed again");
    }

    [Theory]
    [InlineData(HttpStatusCode.Forbidden)]
    [InlineData(HttpStatusCode.TooManyRequests)]
    [InlineData(HttpStatusCode.InternalServerError)]
    [InlineData(HttpStatusCode.Gone)]
    public async Task Refusals_are_outlived_without_a_busy_loop(HttpStatusCode refusal)
    {
        await WatchedAsync();
        _api.Answer = refusal;
        _api.EndWatches();
        await Eventually.True(() => _api.Asked.Count >= 4, "it asks again");
        Assert.InRange(_api.Asked.Count, 4, 6);
        _api.Answer = HttpStatusCode.OK;
        _api.Write(Pools.Numbered(9));
        await Eventually.True(() => _seen.LastOrDefault() == 9, "it sees what came in between");
        Assert.Contains(_log.Lines, line => line.StartsWith("Warning: Secret mail/corp-config cannot be watched now", StringComparison.Ordinal));
        await Eventually.True(() => _log.Lines.Any(line => line.Contains("is watched again", StringComparison.Ordinal)), "it says so");
    }

    [Fact]
    public async Task An_outage_is_outlived()
    {
        await WatchedAsync();
        await _api.StopAsync();
        await Eventually.True(() => _log.Lines.Any(line => line.Contains("cannot be watched now", StringComparison.Ordinal)), "it says so");
        _api.Write(Pools.Numbered(4));
        await _api.StartAsync();
        await Eventually.True(() => _seen.LastOrDefault() == 4, "it sees what came in between", 15);
        Assert.Equal(2, _seen.Count);
    }

    [Fact]
    public async Task A_watch_that_hangs_is_given_up_when_it_is_overdue()
    {
        var time = new FakeTimeProvider();
        await WatchedAsync(time);
        _api.IsSilent = true;
        _api.Write(Pools.Numbered(6));
        time.Advance(TimeSpan.FromSeconds(239));
        Assert.Equal(1, _api.Watches);
        time.Advance(TimeSpan.FromSeconds(77));
        _api.IsSilent = false;
        await Eventually.True(
            () =>
            {
                time.Advance(TimeSpan.FromMilliseconds(100));
                return _seen.LastOrDefault() == 6;
            },
            "a new watch tells what the hanging one did not");
    }

    [Fact]
    public async Task A_token_that_was_rotated_is_used_from_the_next_request_on()
    {
        await WatchedAsync();
        Assert.All(_api.Asked, asked => Assert.Equal("Bearer first", asked.Token));
        await File.WriteAllTextAsync(_folder.File("token"), "second");
        _api.EndWatches();
        await Eventually.True(() => _api.Asked.Last().Token == "Bearer second", "the new token is used");
    }

    [Fact]
    public void Waits_grow_to_ten_seconds_and_heed_what_the_server_asks_within_a_minute()
    {
        var backOff = new WatchBackOff(new Random(1));
        var waits = Enumerable.Range(0, 12).Select(_ => backOff.Next(TimeSpan.Zero).TotalSeconds).ToArray();
        Assert.InRange(waits[0], 0.1, 0.2);
        Assert.All(waits[6..], wait => Assert.InRange(wait, 5, 10));
        Assert.Equal(20, backOff.Next(TimeSpan.FromSeconds(20)).TotalSeconds);
        Assert.Equal(60, backOff.Next(TimeSpan.FromHours(1)).TotalSeconds);
        backOff.Reset();
        Assert.InRange(backOff.Next(TimeSpan.Zero).TotalSeconds, 0.1, 0.2);
    }

    private async Task WatchedAsync(TimeProvider? time = null)
    {
        var account = new ServiceAccount(_folder.Path);
        _client = account.Connect(_api.Address);
        _watch = new SecretWatch(
            _client,
            account,
            "mail",
            "corp-config",
            found =>
            {
                _seen.Enqueue(found.Content is { } content ? PoolConfigJson.Parse(content).Pool!.Sequence : 0);
                return Task.CompletedTask;
            },
            time ?? TimeProvider.System,
            new Random(7),
            _log);
        _running = Task.Run(() => _watch.RunAsync(_stop.Token));
        await Eventually.True(() => _api.Watches == 1 && !_seen.IsEmpty, "the Secret is watched");
    }
}
