using System.Net;
using RelayOperator.Api.Config;

namespace RelayOperator.Relay.Access;

/// <summary>
/// Counts sessions against the pool's, the rule's and the client's limit. Thread-safe; exact: as long as there is a place,
/// nobody is turned away.
/// </summary>
public sealed class Admission
{
    private readonly Lock _lock = new();
    private readonly Dictionary<IPAddress, int> _clients = [];
    private int _sessions;

    /// <summary>Sessions now.</summary>
    public int Sessions => Volatile.Read(ref _sessions);

    /// <summary>Admits a connection; the ticket gives its places back when it is disposed of.</summary>
    /// <param name="client">Its address.</param>
    /// <param name="rule">The rule that covers it; null for none: then it counts for the pool and its address alone.</param>
    /// <param name="limits">The pool's limits.</param>
    /// <param name="ticket">The place; null where there is none.</param>
    public AdmissionResult TryAdmit(IPAddress client, AccessRule? rule, LimitsConfig limits, out AdmissionTicket? ticket)
    {
        ticket = null;
        lock (_lock)
        {
            var ofClient = _clients.GetValueOrDefault(client);
            if (_sessions >= limits.MaxConnections)
            {
                return AdmissionResult.PoolFull;
            }

            if (ofClient >= limits.MaxConnectionsPerClient)
            {
                return AdmissionResult.ClientFull;
            }

            if (rule?.TryEnter() == false)
            {
                return AdmissionResult.RuleFull;
            }

            _sessions++;
            _clients[client] = ofClient + 1;
        }

        ticket = new AdmissionTicket(this, rule, client);
        return AdmissionResult.Admitted;
    }

    internal void Leave(AccessRule? rule, IPAddress client)
    {
        lock (_lock)
        {
            _sessions--;
            rule?.Exit();
            // The table is as large as the clients that are here.
            if (_clients[client] == 1)
            {
                _clients.Remove(client);
            }
            else
            {
                _clients[client]--;
            }
        }
    }
}
