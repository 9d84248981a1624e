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
    public AdmissionResult TryAdmit(IPAddress client, AccessTable access, LimitsConfig limits, out AdmissionTicket? ticket)
    {
        ticket = null;
        if (access.Find(client) is not { } rule)
        {
            return AdmissionResult.NobodyMayRelay;
        }

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

            if (!rule.TryEnter())
            {
                return AdmissionResult.RuleFull;
            }

            _sessions++;
            _clients[client] = ofClient + 1;
        }

        ticket = new AdmissionTicket(this, rule, client);
        return AdmissionResult.Admitted;
    }

    internal void Leave(AccessRule rule, IPAddress client)
    {
        lock (_lock)
        {
            _sessions--;
            rule.Exit();
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
