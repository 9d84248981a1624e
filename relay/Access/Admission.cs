using System.Collections.Concurrent;
using System.Net;
using RelayOperator.Api.Config;

namespace RelayOperator.Relay.Access;

/// <summary>Counts sessions against the pool's, the rule's and the client's limit. Thread-safe.</summary>
public sealed class Admission
{
    private readonly ConcurrentDictionary<IPAddress, int> _clients = new();
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

        if (Interlocked.Increment(ref _sessions) > limits.MaxConnections)
        {
            Interlocked.Decrement(ref _sessions);
            return AdmissionResult.PoolFull;
        }

        if (!rule.TryEnter())
        {
            Interlocked.Decrement(ref _sessions);
            return AdmissionResult.RuleFull;
        }

        if (_clients.AddOrUpdate(client, 1, static (_, count) => count + 1) > limits.MaxConnectionsPerClient)
        {
            LeaveClient(client);
            rule.Exit();
            Interlocked.Decrement(ref _sessions);
            return AdmissionResult.ClientFull;
        }

        ticket = new AdmissionTicket(this, rule, client);
        return AdmissionResult.Admitted;
    }

    internal void Leave(AccessRule rule, IPAddress client)
    {
        LeaveClient(client);
        rule.Exit();
        Interlocked.Decrement(ref _sessions);
    }

    // Removes the entry at zero, so that the table is as large as the clients that are here.
    private void LeaveClient(IPAddress client)
    {
        while (_clients.TryGetValue(client, out var count))
        {
            if (count > 1 ? _clients.TryUpdate(client, count - 1, count) : _clients.TryRemove(new(client, count)))
            {
                return;
            }
        }
    }
}
