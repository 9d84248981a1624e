using RelayOperator.Api.Config;
using RelayOperator.Relay.Access;
using RelayOperator.Relay.Routing;
using RelayOperator.Relay.Smtp;

namespace RelayOperator.Relay.Server;

/// <summary>The pool as it is served at one moment: swapped whole, read without a lock.</summary>
/// <param name="Config">What the file or the operator said.</param>
/// <param name="Access">Who may relay.</param>
/// <param name="Routes">Where recipients go, with the hubs as they are resolved now.</param>
/// <param name="Greeting">The 220 banner.</param>
/// <param name="Ehlo">The reply to EHLO, by what the hubs were last known to offer.</param>
/// <param name="Assignment">What the operator wants of this pod; null outside of a cluster.</param>
public sealed record PoolSnapshot(
    PoolConfig Config, AccessTable Access, RouteTable Routes, SmtpReply Greeting, SmtpReply Ehlo, PodAssignment? Assignment)
{
    /// <summary>Mail is stored before it is forwarded. A pod that is to be removed sends it on while the client waits, as long as it can.</summary>
    public bool StoresFirst => Config.Delivery.Mode == DeliveryMode.StoreAndForward && Assignment is not { Draining: true };

    /// <summary>Some hub takes new mail now, by whatever route.</summary>
    public bool HasHub
    {
        get
        {
            foreach (var route in Routes.All)
            {
                if (route.HasHub)
                {
                    return true;
                }
            }

            return false;
        }
    }
}
