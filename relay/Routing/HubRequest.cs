using System.Net;
using RelayOperator.Relay.Hubs;

namespace RelayOperator.Relay.Routing;

/// <summary>What a transaction needs of a hub.</summary>
/// <param name="Client">For ClientHash.</param>
/// <param name="Needs">Extensions without which the mail cannot go.</param>
/// <param name="Size">Octets, or 0 where unknown.</param>
/// <param name="Excluded">Hubs that were asked already.</param>
/// <param name="WaitKey">Whose turn it is in the waiting line.</param>
/// <param name="IsQueued">It comes from the spool, and leaves room for those that a client waits for.</param>
/// <param name="MayTry">Where no hub is healthy, it may find out whether one takes mail after all.</param>
public readonly record struct HubRequest(
    IPAddress Client, HubExtensions Needs, long Size, HubExclusions Excluded, string WaitKey, bool IsQueued = false, bool MayTry = true);
