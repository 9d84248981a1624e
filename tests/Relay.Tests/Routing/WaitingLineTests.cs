using System.Net;
using RelayOperator.Relay.Hubs;
using RelayOperator.Relay.Routing;
using Xunit;

namespace RelayOperator.Relay.Tests.Routing;

public sealed class WaitingLineTests
{
    private readonly WaitingLine _line = new();
    private readonly List<string> _served = [];

    [Fact]
    public void Each_client_waits_in_order_and_the_clients_take_turns()
    {
        Add("a", "a", "a", "b", "c", "b");

        Serve(_ => true);

        Assert.Equal(["a1", "b1", "c1", "a2", "b2", "a3"], _served);
        Assert.True(_line.IsEmpty);
    }

    [Fact]
    public void A_client_that_floods_the_line_delays_others_by_one_turn()
    {
        Add([.. Enumerable.Repeat("flood", 1000), "late"]);

        Serve(_ => true, atMost: 2);

        Assert.Equal(["flood1", "late1"], _served);
    }

    [Fact]
    public void Turns_go_on_where_they_stopped()
    {
        Add("a", "a", "b", "b", "c");

        Serve(_ => true, atMost: 2);
        Serve(_ => true, atMost: 2);

        Assert.Equal(["a1", "b1", "c1", "a2"], _served);
    }

    [Fact]
    public void Who_cannot_be_served_keeps_its_turn_and_holds_up_nobody()
    {
        Add("a", "b", "c");
        Serve(name => name != "a1", atMost: 1);
        Assert.Equal(["b1"], _served);

        Add("b");
        Serve(_ => true);

        Assert.Equal(["b1", "a1", "c1", "b2"], _served);
    }

    [Fact]
    public void Who_cannot_be_served_holds_up_nobody_of_its_own_client_either()
    {
        Add("a", "a", "a");

        Serve(name => name != "a1");

        Assert.Equal(["a2", "a3"], _served);
        Assert.Equal(1, _line.Length);
    }

    [Fact]
    public void Nobody_is_asked_once_there_is_nothing_to_give()
    {
        Add("a", "b");

        _line.Serve(() => false, _ => throw new InvalidOperationException("asked"));

        Assert.Equal(2, _line.Length);
    }

    [Fact]
    public void Who_gives_up_leaves_the_line_wherever_it_stands()
    {
        var waiters = Add("a", "a", "a", "b");

        _line.Remove(waiters[1]);
        _line.Remove(waiters[1]);
        _line.Remove(waiters[3]);
        Serve(_ => true);

        Assert.Equal(["a1", "a3"], _served);
        _line.Remove(waiters[0]);
        Assert.Equal(0, _line.Length);
    }

    [Fact]
    public void The_line_is_bounded_and_takes_more_once_it_is_shorter()
    {
        var waiters = Add([.. Enumerable.Range(0, WaitingLine.MaxLength).Select(i => $"client {i % 7} ")]);
        Assert.False(_line.TryAdd(Waiter("late")));

        _line.Remove(waiters[77]);

        Assert.True(_line.TryAdd(Waiter("late")));
        Assert.Equal(WaitingLine.MaxLength, _line.Length);
        Serve(_ => true);
        Assert.Equal(WaitingLine.MaxLength, _served.Count);
        Assert.True(_line.IsEmpty);
    }

    [Fact]
    public async Task A_waiter_gets_a_pick_or_gives_up_but_never_both()
    {
        for (var round = 0; round < 500; round++)
        {
            var waiter = Waiter("a");
            using var stop = new CancellationTokenSource();
            var waiting = waiter.WaitAsync(TimeSpan.FromMinutes(1), TimeProvider.System, stop.Token);
            using var start = new Barrier(2);
            var giving = Task.Run(() =>
            {
                start.SignalAndWait(TestContext.Current.CancellationToken);
                return waiter.TryGive(NoHubReason.Exhausted);
            });
            var leaving = Task.Run(() =>
            {
                start.SignalAndWait(TestContext.Current.CancellationToken);
                stop.Cancel();
            });

            await leaving;
            Assert.Equal(await giving ? NoHubReason.Exhausted : NoHubReason.Busy, (await waiting).Reason);
        }
    }

    private readonly Dictionary<HubWaiter, string> _names = [];
    private readonly Dictionary<string, int> _count = [];

    private HubWaiter[] Add(params string[] clients)
    {
        HubWaiter[] waiters = [.. clients.Select(Waiter)];
        Assert.All(waiters, waiter => Assert.True(_line.TryAdd(waiter)));
        return waiters;
    }

    private HubWaiter Waiter(string client)
    {
        var waiter = new HubWaiter(new HubRequest(IPAddress.Loopback, HubExtensions.None, 0, new HubExclusions(), client));
        _count[client] = _count.GetValueOrDefault(client) + 1;
        _names[waiter] = client + _count[client].ToString(System.Globalization.CultureInfo.InvariantCulture);
        return waiter;
    }

    private void Serve(Func<string, bool> can, int atMost = int.MaxValue)
    {
        var before = _served.Count;
        _line.Serve(() => _served.Count - before < atMost, waiter =>
        {
            if (!can(_names[waiter]))
            {
                return false;
            }

            _served.Add(_names[waiter]);
            return true;
        });
    }
}
