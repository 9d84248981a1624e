using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using RelayOperator.Operator.Cluster;
using RelayOperator.Operator.Watching;
using RelayOperator.TestKit;
using Xunit;

namespace RelayOperator.Operator.Tests.Watching;

/// <summary>What the watcher shows is what the cluster holds, whatever happens to lists and watches on the way.</summary>
public sealed class ResourceWatcherTests : OperatorFixture
{
    private static readonly WatchTimes Quick = new()
    {
        Least = TimeSpan.FromSeconds(1),
        Most = TimeSpan.FromSeconds(2),
        Overdue = TimeSpan.FromSeconds(1),
        FirstPause = TimeSpan.FromMilliseconds(20),
        LongestPause = TimeSpan.FromMilliseconds(200),
    };

    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentQueue<ObjectKey> _changes = new();
    private readonly LineLogger<ResourceWatcherTests> _log = new();
    private ClusterClient _client = null!;
    private Task _running = Task.CompletedTask;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        _client = await ClientAsync();
    }

    public override async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
        await base.DisposeAsync();
    }

    [Fact]
    public async Task What_was_there_is_listed_and_what_comes_changes_and_goes_is_told()
    {
        await CreateAsync("a", "1");
        var watcher = await WatchAsync(new WatchTimes());
        Assert.Equal("1", Value(watcher, "a"));

        await CreateAsync("b", "2");
        await Eventually.True(() => Value(watcher, "b") == "2", "b is known");
        await ChangeAsync("b", "3");
        await Eventually.True(() => Value(watcher, "b") == "3", "its change is known");
        await DeleteAsync("a");
        await Eventually.True(() => Value(watcher, "a") is null, "a is gone");

        Assert.Equal(["a", "b", "b", "a"], _changes.Select(key => key.Name));
    }

    [Fact]
    public async Task What_a_broken_watch_missed_is_found_by_the_next_list()
    {
        await CreateAsync("a", "1");
        await CreateAsync("b", "1");
        var watcher = await WatchAsync(Quick);

        Line.Down();
        await Eventually.True(() => _log.Lines.Any(line => line.Contains("again in", StringComparison.Ordinal)), "the outage is noticed");
        await DeleteAsync("a");
        await ChangeAsync("b", "2");
        using var expired = Line.Faults.Answer(410, request => request.Verb == "watch", times: 1);
        Line.Up();

        await Eventually.True(() => Value(watcher, "a") is null && Value(watcher, "b") == "2", "both are found");
        Assert.Contains(_changes, key => key.Name == "a");
    }

    [Fact]
    public async Task A_watch_that_hangs_is_given_up()
    {
        var watcher = await WatchAsync(Quick);
        using (Line.Faults.SilenceWatches(static _ => true))
        {
            await Eventually.True(() => Line.Log.Count(request => request.Verb == "watch") >= 2, "a silent watch is under way", 20);
            await CreateAsync("a", "1");
        }

        await Eventually.True(() => Value(watcher, "a") == "1", "what it kept back is known", 20);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Events_told_twice_or_out_of_order_never_bring_an_older_state_back(bool twice)
    {
        var watcher = await WatchAsync(new WatchTimes());
        using var fault = twice ? Line.Faults.DuplicateEvents(static _ => true) : Line.Faults.ReorderEvents(static _ => true);
        await CreateAsync("a", "0");
        for (var i = 1; i <= 20; i++)
        {
            await ChangeAsync("a", $"{i}");
        }

        await CreateAsync("last", "1");
        await CreateAsync("very-last", "1");
        await Eventually.True(() => Value(watcher, "a") == "20" && Value(watcher, "last") == "1", "the newest state is known");
    }

    [Fact]
    public async Task A_late_event_never_brings_back_what_is_gone()
    {
        await CreateAsync("a", "1");
        var watcher = await WatchAsync(new WatchTimes());
        using (var fault = Line.Faults.ReorderEvents(static _ => true))
        {
            await ChangeAsync("a", "2");
            await DeleteAsync("a");
            await CreateAsync("b", "1");
            await Eventually.True(() => Value(watcher, "b") == "1", "what came after is known");
        }

        Assert.Null(Value(watcher, "a"));
        await CreateAsync("a", "3");
        await Eventually.True(() => Value(watcher, "a") == "3", "a new one of that name is known");
    }

    [Theory]
    [InlineData("list")]
    [InlineData("watch")]
    public async Task An_answer_that_breaks_off_is_asked_for_again(string verb)
    {
        using var cut = Line.Faults.CutAnswers(request => request.Verb == verb, times: 2);
        var watcher = await WatchAsync(Quick);
        await CreateAsync("a", "1");
        await Eventually.True(() => Value(watcher, "a") == "1", "a is known");
        await CreateAsync("b", "1");
        await Eventually.True(() => Value(watcher, "b") == "1" && cut.Hits == 2, "b is known");
    }

    [Fact]
    public async Task A_server_to_which_every_version_is_too_old_is_not_asked_without_end()
    {
        using var gone = Line.Faults.Answer(410, request => request.Verb == "watch");
        await WatchAsync(new WatchTimes());
        await Eventually.True(() => gone.Hits > 2, "it is asked again");
        Assert.Contains(_log.Lines, line => line.Contains("again in", StringComparison.Ordinal));
        Assert.True(Line.Log.Count(request => request.Verb == "list") < 8);
    }

    [Fact]
    public async Task Metadata_is_enough_where_nothing_else_is_asked_for()
    {
        await CreateAsync("a", "secret");
        var watcher = new ResourceWatcher<bool>(
            _client, ResourceKind.Secret, Space, "", metadataOnly: true, static (whole, before) => before || whole.TryGetProperty("data", out _), static _ => [],
            new WatchTimes(), TimeProvider.System, new Random(1), _log);
        _running = watcher.RunAsync(_stop.Token);
        await watcher.Synced.WaitAsync(TimeSpan.FromSeconds(10), Cancel);
        await CreateAsync("b", "secret");
        await Eventually.True(() => watcher.Objects.Find(new ObjectKey(Space, "b")) is not null, "b is known");

        Assert.All(watcher.Objects.All, item => Assert.False(item.Value));
    }

    [Fact]
    public async Task A_server_that_asks_to_be_left_alone_is_left_alone()
    {
        using (Line.Faults.Answer(429, request => request.Verb == "list", times: 1, retryAfterSeconds: 1))
        {
            var watcher = await WatchAsync(Quick);
            Assert.Equal(2, Line.Log.Count(request => request is { Verb: "list", Resource: "secrets" }));
            Assert.Empty(watcher.Objects.All);
        }
    }

    [Fact]
    public async Task A_kind_that_the_cluster_may_do_without_is_looked_for_and_its_objects_go_with_it()
    {
        await CreateAsync("a", "1");
        var absent = Line.Faults.Answer(404, request => request.Resource == "secrets");
        var watcher = await WatchAsync(Quick with { LookAgain = TimeSpan.FromMilliseconds(50) }, ResourceKind.Secret with { MayBeAbsent = true });
        var told = new ConcurrentQueue<bool>();
        watcher.ServedChanged += () => told.Enqueue(watcher.IsServed);
        Assert.False(watcher.IsServed);
        await Eventually.True(() => absent.Hits > 3, "it is looked for again");

        absent.Dispose();
        await Eventually.True(() => Value(watcher, "a") == "1", "it is there with its objects");
        Assert.True(watcher.IsServed);

        using (Line.Faults.Answer(404, request => request.Resource == "secrets"))
        {
            await Eventually.True(() => !watcher.IsServed && Value(watcher, "a") is null, "it is gone with its objects");
        }

        await Eventually.True(() => Value(watcher, "a") == "1", "it is there again");
        Assert.Equal([true, false, true], told);
        Assert.Equal(["a", "a", "a"], _changes.Select(key => key.Name));
        Assert.All(_log.Lines, line => Assert.Contains("The cluster does not know secrets", line, StringComparison.Ordinal));
        Assert.Equal(2, _log.Lines.Count);
    }

    private async Task<ResourceWatcher<string>> WatchAsync(WatchTimes times, ResourceKind? kind = null)
    {
        var watcher = new ResourceWatcher<string>(
            _client, kind ?? ResourceKind.Secret, Space, "", metadataOnly: false, (whole, _) => Read(whole), static _ => [], times, TimeProvider.System, new Random(1), _log);
        watcher.Changed += change => _changes.Enqueue(change.Key);
        _running = watcher.RunAsync(_stop.Token);
        await watcher.Synced.WaitAsync(TimeSpan.FromSeconds(10), Cancel);
        return watcher;
    }

    private static string Read(JsonElement whole) =>
        Encoding.UTF8.GetString(Convert.FromBase64String(whole.GetProperty("data").GetProperty("key").GetString()!));

    private string? Value(ResourceWatcher<string> watcher, string name) => watcher.Objects.Find(new ObjectKey(Space, name))?.Value;

    private Task CreateAsync(string name, string value) =>
        Admin.CreateAsync(ResourceKind.Secret, Space, Secret(name, value), Cancel);

    private Task ChangeAsync(string name, string value) =>
        Admin.ApplyAsync(ResourceKind.Secret, new ObjectKey(Space, name), Secret(name, value), Cancel);

    private async Task DeleteAsync(string name)
    {
        var found = await Admin.GetAsync(ResourceKind.Secret, new ObjectKey(Space, name), Cancel);
        await Admin.DeleteAsync(ResourceKind.Secret, ObjectMeta.Of(found!.Value), unchanged: true, "Background", Cancel);
    }
}
