using System.Collections.Immutable;
using RelayOperator.Relay.Hubs;
using RelayOperator.Relay.Routing;

namespace RelayOperator.Relay.Health;

/// <summary>
/// Turns failures under traffic into ejections, within bounds: a refused connect ejects at once, anything softer after
/// so many in a row, and only while at least half of each route's tier, rounded down, still takes mail without the hub.
/// </summary>
public sealed class EjectionGuard(Func<ImmutableArray<Route>> routes)
{
    // Two hubs that fail at once must not both find the other one there.
    private readonly Lock _lock = new();

    public void Failed(Hub hub, FailureKind kind, string reason)
    {
        switch (kind)
        {
            case FailureKind.Loop:
                hub.Health.Eject(reason, isLoop: true);
                break;
            case FailureKind.ConnectRefused:
                hub.Health.Eject(reason);
                break;
            default:
                if (hub.Health.CountFailure())
                {
                    EjectIfSpared(hub, reason);
                }

                break;
        }
    }

    /// <summary>Ejects a hub that others prove wrong, within the same bound; false where it cannot be spared.</summary>
    public bool Outvoted(Hub hub, string reason) => EjectIfSpared(hub, reason);

    private bool EjectIfSpared(Hub hub, string reason)
    {
        lock (_lock)
        {
            foreach (var route in routes())
            {
                if (route.Hubs.Contains(hub) && !CanSpare(route, hub))
                {
                    return false;
                }
            }

            hub.Health.Eject(reason);
            return true;
        }
    }

    private static bool CanSpare(Route route, Hub hub)
    {
        var (all, without) = (1, 1);
        foreach (var other in route.Hubs)
        {
            if (!ReferenceEquals(other, hub) && other.IsWilling && other.Config.Tier == hub.Config.Tier)
            {
                all++;
                without += other.Health.TakesNewMail ? 0 : 1;
            }
        }

        return without <= (all + 1) / 2;
    }
}
