using RelayOperator.Api.Config;
using RelayOperator.Relay.Hubs;

namespace RelayOperator.Relay.Routing;

/// <summary>
/// Gives transactions their hub: of the healthy, capable ones of the lowest tier, preferably in the relay's zone, by
/// the pool's policy, within each hub's limits. Where all are busy, transactions wait in line; where none is healthy,
/// one transaction at a time tries each. Contract: a slot that was given is given back exactly once, and every slot
/// given back, as every <see cref="Pump"/>, serves whoever waits.
/// </summary>
public sealed class HubRouter(BalancingConfig balancing, string zone, TimeProvider time, Random random)
{
    private const int MaxHubs = 256;

    private readonly Random _random = random;
    private volatile BalancingConfig _balancing = balancing;
    private volatile RouteTable? _routes;

    /// <summary>Swaps what is routed to; who waits is served by the new routes.</summary>
    public void Update(RouteTable routes, BalancingConfig newBalancing)
    {
        _balancing = newBalancing;
        _routes = routes;
        Pump();
    }

    /// <summary>Takes a slot at once if one is free, or waits for one for <paramref name="maxWait"/> at most.</summary>
    public ValueTask<HubPick> TakeAsync(Route route, HubRequest request, TimeSpan maxWait, CancellationToken cancellationToken)
    {
        if (route.Line.IsEmpty)
        {
            var pick = TryTake(route, request);
            if (pick.Reason != NoHubReason.Busy || maxWait <= TimeSpan.Zero)
            {
                return new(pick);
            }
        }

        return WaitAsync(route, request, maxWait, cancellationToken);
    }

    /// <summary>Serves those who wait; called whenever a slot, a hub or a limit may have become free.</summary>
    public void Pump()
    {
        if (_routes is not { } routes)
        {
            return;
        }

        foreach (var route in routes.All)
        {
            if (!route.Line.IsEmpty)
            {
                route.Line.Serve(waiter => Serve(route, waiter));
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
        Pump();
        return await waiter.WaitAsync(maxWait, time, cancellationToken);
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
        Span<int> room = stackalloc int[Math.Min(route.Hubs.Length, MaxHubs)];
        while (true)
        {
            var reason = Eligible(route, request, room, out var count);
            if (reason == NoHubReason.NoneHealthy)
            {
                return TryTrial(route, request);
            }

            if (reason != NoHubReason.None)
            {
                return reason;
            }

            var hub = Choose(route, room[..count], request);
            if (hub.Concurrency.TryEnter())
            {
                if (hub.Rate.TryTake())
                {
                    return new HubSlot(hub, isTrial: false, this);
                }

                hub.Concurrency.Exit();
            }

            // Somebody else took the last place in between: look again.
        }
    }

    // Fills `eligible` with the places of the hubs to choose from; the reason says why there are none.
    private NoHubReason Eligible(Route route, in HubRequest request, Span<int> eligible, out int count)
    {
        count = 0;
        var tier = int.MaxValue;
        var (healthy, excluded, capable, willing) = (false, false, false, false);
        for (var i = 0; i < eligible.Length; i++)
        {
            var hub = route.Hubs[i];
            if (!hub.IsWilling)
            {
                continue;
            }

            willing = true;
            var fits = IsCapable(hub, request);
            capable |= fits;
            if (!hub.Health.TakesNewMail)
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
                tier = Math.Min(tier, hub.Config.Tier);
            }
        }

        if (!healthy)
        {
            return willing && !capable ? NoHubReason.NoneCapableEver : NoHubReason.NoneHealthy;
        }

        if (tier == int.MaxValue)
        {
            return excluded ? NoHubReason.Exhausted : capable ? NoHubReason.NoneCapableNow : NoHubReason.NoneCapableEver;
        }

        count = WithRoom(route, request, eligible, tier, _balancing.PreferSameZone && zone.Length != 0);
        return count == 0 ? NoHubReason.Busy : NoHubReason.None;
    }

    // Hubs of the tier with a free place: those of the relay's own zone if there are any, otherwise all.
    private int WithRoom(Route route, in HubRequest request, Span<int> eligible, int tier, bool sameZone)
    {
        var count = 0;
        for (var i = 0; i < eligible.Length; i++)
        {
            var hub = route.Hubs[i];
            if (hub.Config.Tier == tier
                && (!sameZone || hub.Config.Zone == zone)
                && hub.Concurrency.HasRoom
                && hub.Rate.HasRoom
                && hub.IsWilling
                && hub.Health.TakesNewMail
                && !request.Excluded.Contains(hub)
                && IsCapable(hub, request))
            {
                eligible[count++] = i;
            }
        }

        return count == 0 && sameZone ? WithRoom(route, request, eligible, tier, sameZone: false) : count;
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
            else if (hub.TryBeginTrial())
            {
                return new HubSlot(hub, isTrial: true, this);
            }
        }

        return excluded ? NoHubReason.Exhausted : NoHubReason.NoneHealthy;
    }

    private static bool IsCapable(Hub hub, in HubRequest request) =>
        hub.Capabilities is not { } known || (known.Has(request.Needs) && known.Fits(request.Size));
}
