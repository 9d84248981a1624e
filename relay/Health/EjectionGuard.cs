using RelayOperator.Relay.Hubs;

namespace RelayOperator.Relay.Health;

/// <summary>
/// Turns failures under traffic into ejections, within bounds: a refused connect ejects at once, anything softer after
/// so many in a row, and never more than half of a tier, rounded up.
/// </summary>
public sealed class EjectionGuard(Func<IReadOnlyCollection<Hub>> hubs)
{
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
                if (hub.Health.CountFailure() && MaySpare(hub))
                {
                    hub.Health.Eject(reason);
                }

                break;
        }
    }

    /// <summary>Ejects a hub that others prove wrong, within the same bound.</summary>
    public void Outvoted(Hub hub, string reason)
    {
        if (MaySpare(hub))
        {
            hub.Health.Eject(reason);
        }
    }

    private bool MaySpare(Hub hub)
    {
        var all = 0;
        var ejected = 0;
        foreach (var other in hubs())
        {
            if (other.Config.Tier == hub.Config.Tier)
            {
                all++;
                ejected += !ReferenceEquals(other, hub) && other.Health.State == HubHealthState.Ejected ? 1 : 0;
            }
        }

        return ejected + 1 <= (all + 1) / 2;
    }
}
