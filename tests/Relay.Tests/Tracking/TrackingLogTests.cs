using Microsoft.Extensions.Time.Testing;
using RelayOperator.Relay.Tracking;
using RelayOperator.TestKit;
using Xunit;

namespace RelayOperator.Relay.Tests.Tracking;

public sealed class TrackingLogTests : IAsyncDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly GatedSink _sink = new();
    private readonly LineLogger<TrackingLog> _logger = new();
    private readonly TrackingLog _log;

    public TrackingLogTests() => _log = new TrackingLog(_sink, "corp", "corp-0", _time, _logger);

    public async ValueTask DisposeAsync()
    {
        _sink.Gate.Set();
        await _log.DisposeAsync();
    }

    [Fact]
    public async Task Events_are_written_in_order_and_together()
    {
        Add("1");
        Add("2");
        await WrittenAsync("1", "2");
        Assert.Equal(1, _sink.Entered);
        Add("3");
        await WrittenAsync("1", "2", "3");
        Assert.Equal(0, _log.Dropped);
    }

    [Fact]
    public async Task Events_of_many_threads_are_all_written_whole()
    {
        await Parallel.ForAsync(0, 2000, (i, _) =>
        {
            Add($"{i}");
            return ValueTask.CompletedTask;
        });
        await _log.DisposeAsync();
        Assert.Equal(Enumerable.Range(0, 2000), _sink.Ids.Select(int.Parse).Order());
    }

    [Fact]
    public async Task While_the_sink_takes_nothing_nobody_waits_and_what_is_too_much_is_dropped_counted_and_told()
    {
        _sink.Gate.Reset();
        Add("0");
        await EnteredAsync(1);
        var text = new string('x', TrackingLine.MaxText);
        var added = 1;
        for (; _log.Dropped < 10; added++)
        {
            _log.Add(new() { Kind = TrackingEventKind.Receive, Id = $"{added}", Reason = text });
            Assert.True(added * text.Length < 2 * TrackingLog.Capacity, "What waits is bounded.");
        }

        _sink.Gate.Set();
        await TickAsync(() => _logger.Lines.Any(line => line.Contains("10 events were dropped", StringComparison.Ordinal)), "the log says so");
        var kept = added - 10;
        await TickAsync(() => _sink.Ids.Count == kept, "what was kept is written");
        Assert.Equal(Enumerable.Range(0, kept), _sink.Ids.Select(int.Parse));
        Add("last");
        await TickAsync(() => _sink.Ids[^1] == "last", "it goes on");
        Assert.Single(_logger.Lines);
    }

    [Fact]
    public async Task A_sink_that_fails_is_tried_again_with_the_same_lines_and_told_of_once()
    {
        _sink.Fault = new IOException("No space left.");
        Add("1");
        await EnteredAsync(3);
        Add("2");
        _sink.Fault = null;
        await WrittenAsync("1", "2");
        Assert.Equal(0, _log.Dropped);
        Assert.Collection(
            _logger.Lines,
            line => Assert.Contains("No space left.", line, StringComparison.Ordinal),
            line => Assert.Contains("0 events were dropped", line, StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_end_writes_what_waits_and_ends_the_sink()
    {
        Add("1");
        Add("2");
        await _log.DisposeAsync();
        Assert.Equal(["1", "2"], _sink.Ids);
        Assert.True(_sink.IsDisposed);

        Add("too late");
        Assert.Equal(1, _log.Dropped);
        await _log.DisposeAsync();
    }

    [Fact]
    public async Task The_end_waits_for_no_sink_that_fails()
    {
        _sink.Fault = new UnauthorizedAccessException("Read-only.");
        Add("1");
        await _log.DisposeAsync();
        Assert.Equal(1, _log.Dropped);
    }

    [Fact]
    public async Task The_end_gives_up_a_sink_that_hangs()
    {
        _sink.Gate.Reset();
        Add("1");
        await EnteredAsync(1);
        var end = _log.DisposeAsync().AsTask();
        await TickAsync(() => end.IsCompleted, "the end comes");
        Assert.Empty(_sink.Ids);
        Assert.False(_sink.IsDisposed);
    }

    private void Add(string id) => _log.Add(new() { Kind = TrackingEventKind.Receive, Id = id });

    private Task WrittenAsync(params string[] ids) => TickAsync(() => _sink.Ids.SequenceEqual(ids), $"{string.Join(", ", ids)} are written");

    private Task EnteredAsync(int times) => TickAsync(() => _sink.Entered >= times, $"{times} writes began");

    // The writer sets its timers when it pleases: time goes on until what is awaited has come.
    private Task TickAsync(Func<bool> condition, string what) => Eventually.True(
        () =>
        {
            _time.Advance(TrackingLog.Delay);
            return condition();
        },
        what);
}
