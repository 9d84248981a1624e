using System.Collections.Immutable;
using RelayOperator.Relay.Hubs;

namespace RelayOperator.Relay.Routing;

/// <summary>The hubs that some recipients go to, as resolved at one moment.</summary>
public sealed class Route(string name, ImmutableArray<Hub> hubs, WaitingLine line)
{
    public string Name { get; } = name;

    public ImmutableArray<Hub> Hubs { get; } = hubs;

    /// <summary>Some hub takes new mail now.</summary>
    public bool HasHub
    {
        get
        {
            foreach (var hub in Hubs)
            {
                if (hub.IsWilling && hub.Health.TakesNewMail)
                {
                    return true;
                }
            }

            return false;
        }
    }

    /// <summary>Who waits for a free hub; outlives the route's snapshots.</summary>
    public WaitingLine Line { get; } = line;

    /// <summary>Smooth weighted round robin's state, one for each hub.</summary>
    public double[] Turns { get; } = new double[hubs.Length];
}
