using Microsoft.Extensions.Time.Testing;
using Prometheus;
using RelayOperator.Operator.Queue;
using RelayOperator.TestKit;
using Xunit;

namespace RelayOperator.Operator.Tests.Queue;

public sealed class WorkQueueTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly WorkQueue<string> _queue;

    public WorkQueueTests()
    {
        var metrics = new WorkQueueMetrics(Metrics.WithCustomRegistry(Metrics.NewCustomRegistry()));
        _queue = new WorkQueue<string>(new BackOff(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(8)), _time, new Random(1), metrics.Of("pools"));
    }

    public void Dispose() => _queue.Dispose();

    [Fact]
    public async Task A_key_waits_once_however_often_it_is_added()
    {
        _queue.Add("a");
        _queue.Add("b");
        _queue.Add("a");

        Assert.Equal("a", await TakeAsync());
        Assert.Equal("b", await TakeAsync());
        Assert.Equal(0, _queue.Depth);
    }

    [Fact]
    public async Task A_key_that_is_worked_on_is_given_to_nobody_else_and_comes_again_when_it_was_added_meanwhile()
    {
        _queue.Add("a");
        await TakeAsync();
        _queue.Add("a");
        _queue.Add("a");
        Assert.Equal(0, _queue.Depth);

        _queue.Done("a", TimeSpan.Zero);
        Assert.Equal("a", await TakeAsync());
        _queue.Done("a", TimeSpan.Zero);
        Assert.Equal(0, _queue.Depth);
    }

    [Fact]
    public async Task A_key_that_fails_comes_back_later_each_time_and_at_once_after_a_success()
    {
        double[] waits = [1, 2, 4, 8, 8];
        _queue.Add("a");
        foreach (var wait in waits)
        {
            await TakeAsync();
            _queue.Retry("a", TimeSpan.Zero);
            _time.Advance(TimeSpan.FromSeconds(wait * 0.89));
            Assert.Equal(0, _queue.Depth);
            _time.Advance(TimeSpan.FromSeconds(wait * 0.22));
            Assert.Equal(1, _queue.Depth);
        }

        await TakeAsync();
        _queue.Done("a", TimeSpan.Zero);
        _queue.Add("a");
        await TakeAsync();
        _queue.Retry("a", TimeSpan.Zero);
        _time.Advance(TimeSpan.FromSeconds(1.2));
        Assert.Equal(1, _queue.Depth);
    }

    [Fact]
    public async Task A_servers_wish_to_be_left_alone_is_respected()
    {
        _queue.Add("a");
        await TakeAsync();
        _queue.Retry("a", TimeSpan.Zero, TimeSpan.FromSeconds(30));

        _time.Advance(TimeSpan.FromSeconds(29));
        Assert.Equal(0, _queue.Depth);
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(1, _queue.Depth);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_servers_wish_binds_whatever_adds_the_key_meanwhile(bool whileWorking)
    {
        _queue.Add("a");
        await TakeAsync();
        if (whileWorking)
        {
            _queue.Add("a");
        }

        _queue.Retry("a", TimeSpan.Zero, TimeSpan.FromSeconds(30));
        if (!whileWorking)
        {
            _queue.Add("a");
        }

        _time.Advance(TimeSpan.FromSeconds(29));
        Assert.Equal(0, _queue.Depth);
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal("a", await TakeAsync());
        _queue.Done("a", TimeSpan.Zero);
        _queue.Add("a");
        Assert.Equal(1, _queue.Depth);
    }

    [Fact]
    public async Task What_comes_before_a_wait_is_over_makes_the_wait_void()
    {
        _queue.AddAfter("a", TimeSpan.FromSeconds(10));
        _queue.AddAfter("a", TimeSpan.FromSeconds(60));
        _queue.Add("a");
        Assert.Equal("a", await TakeAsync());
        _queue.Done("a", TimeSpan.Zero);

        _time.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal(0, _queue.Depth);
    }

    [Fact]
    public void The_earliest_of_several_wishes_counts()
    {
        _queue.AddAfter("a", TimeSpan.FromSeconds(60));
        _queue.AddAfter("a", TimeSpan.FromSeconds(10));

        _time.Advance(TimeSpan.FromSeconds(11));
        Assert.Equal(1, _queue.Depth);
    }

    [Fact]
    public async Task Many_who_take_and_add_at_once_work_on_no_key_twice_and_forget_none()
    {
        using var queue = new WorkQueue<int>(
            BackOff.Default, TimeProvider.System, new Random(1),
            new WorkQueueMetrics(Metrics.WithCustomRegistry(Metrics.NewCustomRegistry())).Of("pools"));
        using var stop = new CancellationTokenSource();
        var (wanted, seen, working) = (new int[8], new int[8], new int[8]);
        var workers = Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                var key = await queue.TakeAsync(stop.Token);
                Assert.Equal(1, Interlocked.Increment(ref working[key]));
                Volatile.Write(ref seen[key], Volatile.Read(ref wanted[key]));
                Interlocked.Decrement(ref working[key]);
                queue.Done(key, TimeSpan.Zero);
            }
        })).ToList();
        for (var i = 0; i < 20_000; i++)
        {
            Interlocked.Increment(ref wanted[i % 8]);
            queue.Add(i % 8);
        }

        await Eventually.True(() => wanted.SequenceEqual(seen), "every last change was seen");
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Task.WhenAll(workers));
    }

    private Task<string> TakeAsync() => _queue.TakeAsync(TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(5), TimeProvider.System);
}
