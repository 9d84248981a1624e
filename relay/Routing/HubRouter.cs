using RelayOperator.Api.Config;
using RelayOperator.Relay.Hubs;

namespace RelayOperator.Relay.Routing;

/// <summary>
/// Gives transactions their hub: of the healthy, capable ones of the lowest tier that has a free place, preferably in the
/// relay's zone, by the pool's policy, within each hub's limits. Where all are busy, transactions wait in line; where none is healthy,
/// one transaction at a time tries each. Contract: a slot that was given is given back exactly once, and every slot
/// given back, as every <see cref="Pump"/>, serves whoever waits.
/// </summary>
public sealed class HubRouter(BalancingConfig balancing, string zone, TimeProvider time, Random random)
{
    // More than that are looked at on the heap.
    private const int MaxHubsOnStack = 256;

    private readonly Random _random = random;
    private volatile BalancingConfig _balancing = balancing;
    private volatile string _zone = zone;
    private volatile RouteTable? _routes;
    private int _pumps;

    /// <summary>Swaps what is routed to, and from which zone; who waits is served by the new routes.</summary>
    public void Update(RouteTable routes, BalancingConfig newBalancing, string newZone)
    {
        _zone = newZone;
        _balancing = newBalancing;
        _routes = routes;
        Pump();
    }

    /// <summary>Takes a slot at once if one is free, or waits for one for <paramref name="maxWait"/> at most.</summary>
    public ValueTask<HubPick> TakeAsync(Route route, HubRequest request, TimeSpan maxWait, CancellationToken cancellationToken)
    {
        if (route.Line.IsEmpty || !CanWait(route, request))
        {
            var pick = TryTake(route, request);
            if (pick.Reason != NoHubReason.Busy || maxWait <= TimeSpan.Zero)
            {
                return new(pick);
            }
        }

        return WaitAsync(route, request, maxWait, cancellationToken);
    }

    /// <summary>Serves those who wait; called whenever hubs, their health or their limits may have changed.</summary>
    public void Pump() => ServeLines(static _ => true);

    /// <summary>Serves those who wait while there is a free place; called whenever a slot was given back.</summary>
    public void PumpFree() => ServeLines(MayServe);

    private void ServeLines(Predicate<Route> goOn)
    {
        if (_routes is not { } routes)
        {
            return;
        }

        // Another route is first each time: one that always waits must not keep a shared hub from the others.
        var all = routes.All;
        var first = (uint)Interlocked.Increment(ref _pumps);
        for (var i = 0u; i < all.Length; i++)
        {
            var route = all[(int)((first + i) % (uint)all.Length)];
            if (!route.Line.IsEmpty)
            {
                route.Line.Serve(() => goOn(route), waiter => Serve(route, waiter));
            }
        }
    }

    private async ValueTask<HubPick> WaitAsync(Route route, HubRequest request, TimeSpan maxWait, CancellationToken cancellationToken)
    {
        var waiter = new HubWaiter(request);
        if (!route.Line.TryAdd(waiter))
        {
            return NoHubReason.Busy;
        }

        // What became free between the look and the queueing has woken nobody.
        PumpFree();
        var pick = await waiter.WaitAsync(maxWait, time, cancellationToken);
        if (pick.Slot is null)
        {
            route.Line.Remove(waiter);
        }

        return pick;
    }

    private bool Serve(Route route, HubWaiter waiter)
    {
        var pick = TryTake(route, waiter.Request);
        if (pick.Reason == NoHubReason.Busy)
        {
            return false;
        }

        if (!waiter.TryGive(pick) && pick.Slot is { } slot)
        {
            // It gave up in the same moment; the line's lock is held, so the next in it is served by this very loop.
            slot.Release();
        }

        return true;
    }

    private HubPick TryTake(Route route, in HubRequest request)
    {
        Span<int> room = route.Hubs.Length <= MaxHubsOnStack ? stackalloc int[route.Hubs.Length] : new int[route.Hubs.Length];
        while (true)
        {
            var reason = Look(route, request, out var tier);
            if (reason == NoHubReason.NoneHealthy)
            {
                return request.MayTry ? TryTrial(route, request) : reason;
            }

            if (reason != NoHubReason.None)
            {
                return reason;
            }

            var count = WithRoom(route, request, room, tier, _balancing.PreferSameZone && _zone.Length != 0);
            if (count != 0 && Choose(route, room[..count], request) is var hub && hub.TryEnter(request.IsQueued))
            {
                return new HubSlot(hub, isTrial: false, request.IsQueued, this);
            }

            // Somebody else took the last place in between: look again.
        }
    }

    // Says in which tier to choose, the lowest with a free place, or why there is none.
    private static NoHubReason Look(Route route, in HubRequest request, out int tier)
    {
        tier = int.MaxValue;
        var (willing, healthy, excluded, capable, open) = (false, false, false, false, false);
        foreach (var hub in route.Hubs)
        {
            // A hub that drains comes back, and may then take what no other can.
            var fits = hub.Config.State != HubAdministrativeState.Disabled && IsCapable(hub, request);
            capable |= fits;
            willing |= hub.IsWilling;
            if (!hub.IsWilling || !hub.Health.TakesNewMail)
            {
                continue;
            }

            healthy = true;
            if (request.Excluded.Contains(hub))
            {
                excluded = true;
            }
            else if (fits)
            {
                open = true;
                tier = hub.HasRoomFor(request.IsQueued) ? Math.Min(tier, hub.Config.Tier) : tier;
            }
        }

        if (!healthy)
        {
            return willing && !capable ? NoHubReason.NoneCapableEver : NoHubReason.NoneHealthy;
        }

        if (!open)
        {
            return excluded ? NoHubReason.Exhausted : capable ? NoHubReason.NoneCapableNow : NoHubReason.NoneCapableEver;
        }

        return tier == int.MaxValue ? NoHubReason.Busy : NoHubReason.None;
    }

    // For some other reason than that all are busy, waiting is of no use.
    private static bool CanWait(Route route, in HubRequest request) =>
        Look(route, request, out _) is NoHubReason.None or NoHubReason.Busy;

    // Whether anybody in the line can be served: there is a free place, or nothing healthy to wait for.
    private static bool MayServe(Route route)
    {
        var healthy = false;
        foreach (var hub in route.Hubs)
        {
            if (hub.IsWilling && hub.Health.TakesNewMail)
            {
                healthy = true;
                if (hub.HasRoom)
                {
                    return true;
                }
            }
        }

        return !healthy;
    }

    // Hubs of the tier with a free place: those of the relay's own zone if there are any, otherwise all.
    private int WithRoom(Route route, in HubRequest request, Span<int> room, int tier, bool sameZone)
    {
        var count = 0;
        for (var i = 0; i < room.Length; i++)
        {
            var hub = route.Hubs[i];
            if (hub.Config.Tier == tier
                && (!sameZone || hub.Config.Zone == _zone)
                && hub.HasRoomFor(request.IsQueued)
                && hub.IsWilling
                && hub.Health.TakesNewMail
                && !request.Excluded.Contains(hub)
                && IsCapable(hub, request))
            {
                room[count++] = i;
            }
        }

        return count == 0 && sameZone ? WithRoom(route, request, room, tier, sameZone: false) : count;
    }

    private Hub Choose(Route route, ReadOnlySpan<int> eligible, in HubRequest request)
    {
        if (eligible.Length == 1)
        {
            return route.Hubs[eligible[0]];
        }

        lock (_random)
        {
            return HubSelection.Choose(route, eligible, _balancing, request.Client, _random);
        }
    }

    // Panic: no hub is healthy, and one transaction at a time finds out whether one takes mail after all.
    private HubPick TryTrial(Route route, in HubRequest request)
    {
        var excluded = false;
        foreach (var hub in route.Hubs)
        {
            if (!hub.IsWilling || hub.Health.IsLoop || !IsCapable(hub, request))
            {
                continue;
            }

            if (request.Excluded.Contains(hub))
            {
                excluded = true;
            }
            else if (hub.TryBeginTrial(request.IsQueued))
            {
                return new HubSlot(hub, isTrial: true, request.IsQueued, this);
            }
        }

        return excluded ? NoHubReason.Exhausted : NoHubReason.NoneHealthy;
    }

    private static bool IsCapable(Hub hub, in HubRequest request) =>
        hub.Capabilities is not { } known || (known.Has(request.Needs) && known.Fits(request.Size));
}
