using System.Net;
using RelayOperator.Relay.Hubs;

namespace RelayOperator.Relay.Routing;

/// <summary>What a transaction needs of a hub.</summary>
/// <param name="Client">For ClientHash.</param>
/// <param name="Needs">Extensions without which the mail cannot go.</param>
/// <param name="Size">Octets, or 0 where unknown.</param>
/// <param name="Excluded">Hubs that were asked already.</param>
/// <param name="WaitKey">Whose turn it is in the waiting line.</param>
public readonly record struct HubRequest(IPAddress Client, HubExtensions Needs, long Size, HubExclusions Excluded, string WaitKey);
