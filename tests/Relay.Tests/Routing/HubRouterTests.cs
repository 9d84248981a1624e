using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using RelayOperator.Api.Config;
using RelayOperator.Relay.Hubs;
using RelayOperator.Relay.Routing;
using RelayOperator.TestKit;
using Xunit;

namespace RelayOperator.Relay.Tests.Routing;

public sealed class HubRouterTests : IDisposable
{
    private static readonly TimeSpan AtOnce = TimeSpan.Zero;
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(1);
    private static readonly HubCapabilities Plain = new(HubExtensions.Pipelining, 1000, [], "");
    private static readonly HubCapabilities Utf8 = Plain with { Extensions = HubExtensions.SmtpUtf8 };

    private readonly Pond _pond = new();

    public void Dispose() => _pond.Dispose();

    [Fact]
    public async Task The_lowest_tier_takes_everything_while_it_can()
    {
        var (low, high) = (_pond.Hub(), _pond.Hub(config => config with { Tier = 1 }));
        var (router, route) = Router(high, low);
        for (var i = 0; i < 5; i++)
        {
            Assert.Same(low, await HubAsync(router, route));
        }
    }

    [Fact]
    public async Task The_next_tier_takes_what_a_lower_one_cannot_because_it_is_ill_full_out_of_messages_or_asked_already()
    {
        var high = _pond.Hub(config => config with { Tier = 1 });
        var ill = _pond.Hub();
        _pond.Down(ill);
        var full = _pond.Hub(Places(1));
        Assert.True(full.TryEnter());
        var spent = _pond.Hub(config => config with { Limits = config.Limits with { MessagesPerMinute = 1 } });
        while (spent.HasRoom)
        {
            Assert.True(spent.TryEnter());
        }

        var asked = _pond.Hub();
        var exclusions = new HubExclusions();
        exclusions.Add(asked);
        var (router, route) = Router(ill, full, spent, asked, high);

        Assert.Same(high, (await router.TakeAsync(route, Request() with { Excluded = exclusions }, AtOnce, default)).Slot?.Hub);
    }

    [Fact]
    public async Task Draining_disabled_and_weightless_hubs_get_nothing_not_even_a_trial()
    {
        Hub[] unwilling =
        [
            _pond.Hub(config => config with { State = HubAdministrativeState.Draining }),
            _pond.Hub(config => config with { State = HubAdministrativeState.Disabled }),
            _pond.Hub(config => config with { Weight = 0 }),
        ];
        var willing = _pond.Hub();
        var (router, route) = Router([.. unwilling, willing]);
        Assert.Same(willing, await HubAsync(router, route));

        _pond.Down(willing);
        using var trial = (await router.TakeAsync(route, Request(), AtOnce, default)).Slot;
        Assert.Same(willing, trial?.Hub);

        Assert.Equal(NoHubReason.NoneHealthy, (await router.TakeAsync(route, Request(), Long, default)).Reason);
    }

    [Fact]
    public async Task The_relays_own_zone_is_preferred_while_it_has_room()
    {
        var near = _pond.Hub(config => Places(1)(config) with { Zone = "eu-1" });
        var far = _pond.Hub(config => config with { Zone = "eu-2" });
        var (router, route) = Router("eu-1", true, far, near);

        using var first = (await router.TakeAsync(route, Request(), AtOnce, default)).Slot;
        Assert.Same(near, first?.Hub);
        Assert.Same(far, await HubAsync(router, route));
        _pond.Down(near);
        first!.Dispose();
        Assert.Same(far, await HubAsync(router, route));
    }

    [Theory]
    [InlineData("eu-1", false)]
    [InlineData("", true)]
    public async Task Zones_do_not_matter_where_they_are_not_to_or_the_relays_own_is_unknown(string zone, bool prefer)
    {
        var near = _pond.Hub(config => config with { Zone = zone });
        var far = _pond.Hub(config => config with { Zone = "eu-2" });
        var (router, route) = Router(zone, prefer, near, far);

        HashSet<Hub?> seen = [];
        for (var i = 0; i < 10; i++)
        {
            seen.Add(await HubAsync(router, route));
        }

        Assert.Equal(2, seen.Count);
    }

    [Fact]
    public async Task A_tier_counts_for_more_than_a_zone()
    {
        var near = _pond.Hub(config => config with { Zone = "eu-1", Tier = 1 });
        var far = _pond.Hub(config => config with { Zone = "eu-2" });
        var (router, route) = Router("eu-1", true, near, far);

        Assert.Same(far, await HubAsync(router, route));
    }

    [Fact]
    public async Task Where_none_is_healthy_each_hub_gets_one_trial_at_a_time_and_the_rest_is_told_at_once()
    {
        Hub[] hubs = [_pond.Hub(), _pond.Hub()];
        _pond.Down(hubs[0]);
        hubs[1].Health.Eject("fails");
        var (router, route) = Router(hubs);

        using var first = (await router.TakeAsync(route, Request(), Long, default)).Slot;
        using var second = (await router.TakeAsync(route, Request(), Long, default)).Slot;
        Assert.Equal(hubs.ToHashSet(), [first!.Hub, second!.Hub]);
        Assert.True(first.IsTrial && second.IsTrial);
        Assert.Equal(NoHubReason.NoneHealthy, (await router.TakeAsync(route, Request(), Long, default)).Reason);

        first.Dispose();
        using var third = (await router.TakeAsync(route, Request(), Long, default)).Slot;
        Assert.Same(first.Hub, third?.Hub);
        first.Dispose();
        Assert.Equal(NoHubReason.NoneHealthy, (await router.TakeAsync(route, Request(), Long, default)).Reason);
    }

    [Fact]
    public async Task A_hub_that_is_the_pool_itself_gets_no_trial()
    {
        var hub = _pond.Hub();
        hub.Health.Eject("the pool itself", isLoop: true);
        var (router, route) = Router(hub);

        Assert.Equal(NoHubReason.NoneHealthy, (await router.TakeAsync(route, Request(), Long, default)).Reason);
    }

    [Fact]
    public async Task A_trial_keeps_within_the_hubs_limits()
    {
        var hub = _pond.Hub(Places(1));
        Assert.True(hub.TryEnter());
        hub.Health.Suspect("silent");
        var (router, route) = Router(hub);
        Assert.Equal(NoHubReason.NoneHealthy, (await router.TakeAsync(route, Request(), Long, default)).Reason);

        hub.Concurrency.Exit();

        Assert.Same(hub, await HubAsync(router, route));
    }

    [Fact]
    public async Task Mail_goes_to_hubs_that_have_what_it_needs_and_to_those_never_heard()
    {
        var (plain, able, unheard) = (_pond.Hub(), _pond.Hub(), _pond.Unheard());
        (plain.Capabilities, able.Capabilities) = (Plain, Utf8);

        Assert.Same(able, await HubAsync(Router(plain, able), Needs(HubExtensions.SmtpUtf8)));
        Assert.Same(unheard, await HubAsync(Router(plain, unheard), Needs(HubExtensions.SmtpUtf8)));
        Assert.Same(unheard, await HubAsync(Router(plain, unheard), Request() with { Size = 1001 }));
        Assert.Equal(NoHubReason.NoneCapableEver, await ReasonAsync(Router(plain), Needs(HubExtensions.SmtpUtf8)));
        Assert.Equal(NoHubReason.NoneCapableEver, await ReasonAsync(Router(plain), Request() with { Size = 1001 }));
    }

    [Fact]
    public async Task Who_could_take_the_mail_but_is_ill_or_draining_makes_it_a_matter_of_time()
    {
        var (plain, able) = (_pond.Hub(), _pond.Hub());
        (plain.Capabilities, able.Capabilities) = (Plain, Utf8);
        able.Health.Eject("fails");
        var draining = _pond.Hub(config => config with { State = HubAdministrativeState.Draining });
        draining.Capabilities = Utf8;
        var disabled = _pond.Hub(config => config with { State = HubAdministrativeState.Disabled });

        Assert.Equal(NoHubReason.NoneCapableNow, await ReasonAsync(Router(plain, able), Needs(HubExtensions.SmtpUtf8)));
        Assert.Equal(NoHubReason.NoneCapableNow, await ReasonAsync(Router(plain, draining), Needs(HubExtensions.SmtpUtf8)));
        Assert.Equal(NoHubReason.NoneCapableEver, await ReasonAsync(Router(plain, disabled), Needs(HubExtensions.SmtpUtf8)));
        _pond.Down(plain);
        Assert.Equal(NoHubReason.NoneHealthy, await ReasonAsync(Router(plain, draining), Needs(HubExtensions.SmtpUtf8)));
        Assert.Equal(NoHubReason.NoneCapableEver, await ReasonAsync(Router(plain, disabled), Needs(HubExtensions.SmtpUtf8)));
    }

    [Fact]
    public async Task Every_hub_asked_is_told_from_no_hub_at_all()
    {
        var hub = _pond.Hub();
        var exclusions = new HubExclusions();
        exclusions.Add(hub);
        var asked = Request() with { Excluded = exclusions };

        Assert.Equal(NoHubReason.Exhausted, await ReasonAsync(Router(hub), asked));
        _pond.Down(hub);
        Assert.Equal(NoHubReason.Exhausted, await ReasonAsync(Router(hub), asked));
        Assert.Equal(NoHubReason.NoneHealthy, await ReasonAsync(Router(), Request()));
    }

    [Fact]
    public async Task A_slot_given_back_goes_to_who_waits_longest_and_only_once()
    {
        var (router, route) = Router(_pond.Hub(Places(1)));
        var held = (await router.TakeAsync(route, Request("a"), AtOnce, default)).Slot!;
        var first = router.TakeAsync(route, Request("a"), Long, default).AsTask();
        var second = router.TakeAsync(route, Request("b"), Long, default).AsTask();
        Assert.Equal(2, route.Line.Length);

        held.Dispose();
        held.Dispose();
        using var slot = (await first).Slot;

        Assert.NotNull(slot);
        Assert.False(second.IsCompleted);
        slot.Dispose();
        Assert.NotNull((await second).Slot);
    }

    [Fact]
    public async Task Who_has_waited_long_enough_hears_that_all_are_busy_and_leaves_the_line()
    {
        var hub = _pond.Hub(Places(1));
        var (router, route) = Router(hub);
        Assert.True(hub.TryEnter());
        Assert.Equal(NoHubReason.Busy, (await router.TakeAsync(route, Request(), AtOnce, default)).Reason);
        var waiting = router.TakeAsync(route, Request(), Long, default).AsTask();
        _pond.Pass(59);
        Assert.False(waiting.IsCompleted);

        _pond.Pass(1);

        Assert.Equal(NoHubReason.Busy, (await waiting).Reason);
        Assert.True(route.Line.IsEmpty);
        hub.Concurrency.Exit();
        Assert.Same(hub, await HubAsync(router, route));
    }

    [Fact]
    public async Task Who_gives_up_in_the_moment_of_being_served_passes_the_slot_on()
    {
        var hub = _pond.Hub(Places(1));
        var (router, route) = Router(hub);
        Assert.True(hub.TryEnter());
        var leaving = new HubWaiter(Request("a"));
        Assert.True(route.Line.TryAdd(leaving));
        var behind = router.TakeAsync(route, Request("b"), Long, default).AsTask();
        Assert.True(leaving.TryGive(NoHubReason.Busy));

        hub.Concurrency.Exit();
        router.PumpFree();

        await Eventually.True(() => behind.IsCompleted, "the next in line is served");
        using var slot = (await behind).Slot;
        Assert.Same(hub, slot?.Hub);
        Assert.Equal(1, hub.InFlight);
        Assert.True(route.Line.IsEmpty);
    }

    [Fact]
    public async Task A_transaction_that_only_a_busy_hub_can_serve_holds_up_nothing_else()
    {
        var (busy, free) = (_pond.Hub(Places(1)), _pond.Hub(Places(1)));
        Assert.True(busy.TryEnter());
        var exclusions = new HubExclusions();
        exclusions.Add(free);
        var (router, route) = Router(busy, free);
        var moved = router.TakeAsync(route, Request() with { Excluded = exclusions }, Long, default).AsTask();
        Assert.False(moved.IsCompleted);

        using var other = (await router.TakeAsync(route, Request(), Long, default)).Slot;

        Assert.Same(free, other?.Hub);
        busy.Concurrency.Exit();
        router.PumpFree();
        Assert.Same(busy, (await moved).Slot?.Hub);
    }

    [Fact]
    public async Task Who_waits_is_told_when_no_hub_is_healthy_any_more()
    {
        var hub = _pond.Hub(Places(1));
        Assert.True(hub.TryEnter());
        var (router, route) = Router(hub);
        hub.Health.Changed += router.Pump;
        var waiting = router.TakeAsync(route, Request(), Long, default).AsTask();

        hub.Health.Eject("fails");

        Assert.Equal(NoHubReason.NoneHealthy, (await waiting).Reason);
    }

    [Fact]
    public async Task Who_waits_is_served_by_hubs_that_a_new_configuration_brings()
    {
        var hub = _pond.Hub(Places(1));
        Assert.True(hub.TryEnter());
        var (router, route) = Router(hub);
        var waiting = router.TakeAsync(route, Request(), Long, default).AsTask();
        var added = _pond.Hub();

        router.Update(new RouteTable([(new Route("default", [hub, added], route.Line), [])]), Balancing(true), "");

        Assert.Same(added, (await waiting).Slot?.Hub);
    }

    [Fact]
    public async Task A_route_that_always_waits_does_not_keep_a_shared_hub_from_another()
    {
        var hub = _pond.Hub(Places(1));
        var (greedy, modest) = (new Route("default", [hub], new WaitingLine()), new Route("modest", [hub], new WaitingLine()));
        var router = new HubRouter(Balancing(true), "", _pond.Time, new Random(1));
        router.Update(new RouteTable([(greedy, []), (modest, [])]), Balancing(true), "");
        var slot = (await router.TakeAsync(greedy, Request(), AtOnce, default)).Slot!;
        List<Task<HubPick>> ahead = [.. Enumerable.Range(0, 10).Select(_ => router.TakeAsync(greedy, Request(), Long, default).AsTask())];
        var waiting = router.TakeAsync(modest, Request(), Long, default).AsTask();

        for (var given = 0; given < 3 && !waiting.IsCompleted; given++)
        {
            slot.Dispose();
            var served = await Task.WhenAny([.. ahead, waiting]);
            ahead.Remove(served);
            slot = (await served).Slot!;
        }

        Assert.True(waiting.IsCompleted);
    }

    [Fact]
    public async Task A_route_may_have_more_hubs_than_fit_on_the_stack()
    {
        Hub[] hubs = [.. Enumerable.Range(0, 300).Select(_ => _pond.Hub())];
        foreach (var hub in hubs[..^1])
        {
            _pond.Down(hub);
        }

        Assert.Same(hubs[^1], await HubAsync(Router(hubs), Request()));
    }

    [Theory]
    [InlineData(BalancingPolicy.LeastLoaded)]
    [InlineData(BalancingPolicy.RoundRobin)]
    [InlineData(BalancingPolicy.ClientHash)]
    public async Task However_many_ask_at_once_no_limit_is_passed_no_slot_leaks_and_everyone_is_served(BalancingPolicy policy)
    {
        const int Workers = 24;
        const int Each = 400;
        Hub[] hubs = [_pond.Hub(Places(2)), _pond.Hub(Places(3)), _pond.Hub(config => Places(1)(config) with { Tier = 1 })];
        var held = new ConcurrentDictionary<Hub, int>();
        var worst = new ConcurrentDictionary<Hub, int>();
        var route = Pond.Route(hubs);
        var router = new HubRouter(Balancing(true) with { Policy = policy }, "", TimeProvider.System, new Random(1));
        router.Update(new RouteTable([(route, [])]), Balancing(true) with { Policy = policy }, "");
        var served = 0;
        foreach (var hub in hubs)
        {
            while (hub.TryEnter())
            {
                // Full, so that everybody waits to begin with.
            }
        }

        var working = Task.WhenAll(Enumerable.Range(0, Workers).Select(worker => Task.Run(async () =>
        {
            var client = (worker % 5).ToString(CultureInfo.InvariantCulture);
            var exclusions = new HubExclusions();
            if (worker % 4 == 0)
            {
                exclusions.Add(hubs[worker % 3]);
            }

            for (var i = 0; i < Each; i++)
            {
                var pick = await router.TakeAsync(route, Request(client) with { Excluded = exclusions }, Long, default);
                var slot = Assert.IsType<HubSlot>(pick.Slot);
                var now = held.AddOrUpdate(slot.Hub, 1, (_, count) => count + 1);
                worst.AddOrUpdate(slot.Hub, now, (_, most) => Math.Max(most, now));
                await Task.Yield();
                held.AddOrUpdate(slot.Hub, 0, (_, count) => count - 1);
                slot.Dispose();
                Interlocked.Increment(ref served);
            }
        })));
        await Eventually.True(() => route.Line.Length == Workers, "everybody waits");
        foreach (var hub in hubs)
        {
            while (hub.InFlight > 0)
            {
                hub.Concurrency.Exit();
            }
        }

        router.PumpFree();
        await working;

        Assert.Equal(Workers * Each, served);
        Assert.All(hubs, hub => Assert.True(worst[hub] <= hub.Concurrency.Current, $"{worst[hub]} at once at {hub}"));
        Assert.All(hubs, hub => Assert.Equal(0, hub.InFlight));
        Assert.True(route.Line.IsEmpty);
    }

    [Fact]
    public async Task Waits_that_end_hubs_that_fall_ill_and_trials_leak_no_slot_either()
    {
        Hub[] hubs = [_pond.Hub(Places(1)), _pond.Hub(Places(2))];
        var route = Pond.Route(hubs);
        var router = new HubRouter(Balancing(true), "", TimeProvider.System, new Random(1));
        router.Update(new RouteTable([(route, [])]), Balancing(true), "");
        foreach (var hub in hubs)
        {
            hub.Health.Changed += router.Pump;
        }

        using var stop = new CancellationTokenSource();
        var illness = Task.Run(
            async () =>
            {
                for (var i = 0; !stop.IsCancellationRequested; i++)
                {
                    hubs[i % 2].Health.Eject("fails");
                    await Task.Yield();
                    hubs[(i / 2) % 2].Health.Succeeded(onTrial: true);
                }
            },
            TestContext.Current.CancellationToken);
        var outcomes = new ConcurrentDictionary<string, int>(StringComparer.Ordinal);

        await Task.WhenAll(Enumerable.Range(0, 16).Select(worker => Task.Run(async () =>
        {
            var random = new Random(worker);
            for (var i = 0; i < 300; i++)
            {
                using var leave = new CancellationTokenSource();
                var taking = router.TakeAsync(route, Request(), Long, leave.Token).AsTask();
                if (random.Next(3) == 0)
                {
                    await leave.CancelAsync();
                }

                var pick = await taking;
                Assert.True(hubs[0].InFlight <= 1 && hubs[1].InFlight <= 2, "a limit is passed");
                outcomes.AddOrUpdate(pick.Slot is null ? pick.Reason.ToString() : pick.Slot.IsTrial ? "trial" : "slot", 1, (_, count) => count + 1);
                await Task.Yield();
                pick.Slot?.Dispose();
            }
        })));
        await stop.CancelAsync();
        await illness;

        Assert.All(hubs, hub => Assert.Equal(0, hub.InFlight));
        Assert.True(route.Line.IsEmpty);
        Assert.True(outcomes.ContainsKey("slot"), string.Join(' ', outcomes));
        foreach (var hub in hubs)
        {
            _pond.Down(hub);
            Assert.True(hub.TryBeginTrial(), "a trial leaked");
        }
    }

    // Of a hub's connections one is kept for probes.
    private static Func<HubConfig, HubConfig> Places(int places) => config =>
        config with { Limits = config.Limits with { MaxConnections = places + 1 } };

    private static HubRequest Request(string client = "10.0.0.1") =>
        new(IPAddress.Parse("10.0.0.1"), HubExtensions.None, 0, new HubExclusions(), client);

    private static HubRequest Needs(HubExtensions needs) => Request() with { Needs = needs };

    private static BalancingConfig Balancing(bool preferSameZone) => new(BalancingPolicy.LeastLoaded, 32, 64, preferSameZone, 30);

    private (HubRouter Router, Route Route) Router(params Hub[] hubs) => Router("", true, hubs);

    private (HubRouter Router, Route Route) Router(string zone, bool preferSameZone, params Hub[] hubs)
    {
        var route = Pond.Route(hubs);
        var router = new HubRouter(Balancing(preferSameZone), zone, _pond.Time, new Random(1));
        router.Update(new RouteTable([(route, [])]), Balancing(preferSameZone), "");
        return (router, route);
    }

    private static Task<Hub?> HubAsync(HubRouter router, Route route) => HubAsync((router, route), Request());

    private static async Task<Hub?> HubAsync((HubRouter Router, Route Route) at, HubRequest request)
    {
        using var slot = (await at.Router.TakeAsync(at.Route, request, AtOnce, default)).Slot;
        return slot?.Hub;
    }

    private static async Task<NoHubReason> ReasonAsync((HubRouter Router, Route Route) at, HubRequest request)
    {
        var pick = await at.Router.TakeAsync(at.Route, request, Long, default);
        Assert.Null(pick.Slot);
        return pick.Reason;
    }
}
