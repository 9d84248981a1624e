namespace RelayOperator.Relay.Spool.Postgres;

/// <summary>Changes of what lies in the queue that come from no claim: an operator's, another route's, a damage's. Each is a transaction.</summary>
internal sealed class PostgresChanges(PostgresReaders readers, PostgresLease lease, PostgresKnowledge knowledge)
{
    // Its row of the totals, beside those of the connection that writes and of the ownership.
    private const int Slot = PostgresWriter.Slot + 2;
    private const int ReroutedAtOnce = 200;

    /// <summary>Changes the recipients of a message; null for one that goes. With <paramref name="evenClaimed"/> claims end.</summary>
    public async Task<SpoolOutcome> ChangeAsync(SpoolId id, Func<SpoolRecipient, SpoolRecipient?> change, bool evenClaimed = false)
    {
        var (outcome, after, delta) = await readers.TryAsync(
            connection => PostgresQueue.ChangeAsync(connection, lease, Slot, id, change, evenClaimed), (SpoolOutcome.Failed, [], new SpoolCounts()));
        knowledge.Totals.Count(delta);
        if (outcome == SpoolOutcome.Done)
        {
            knowledge.Waiting(after);
        }

        return outcome;
    }

    /// <summary>Whoever holds a claim on it finds that out by itself, and settles nothing.</summary>
    public Task<SpoolOutcome> DamagedAsync(SpoolId id) => ChangeAsync(
        id, static recipient => recipient with { State = RecipientState.Damaged, LastReply = "what is stored does not match its checksum" }, evenClaimed: true);

    /// <summary>It has crashed too often.</summary>
    public Task<SpoolOutcome> SetAsideAsync(SpoolId id) => ChangeAsync(id, static recipient => recipient.State == RecipientState.Suspect
        ? recipient with { State = RecipientState.SetAside, LastReply = $"the relay ended {ISpool.CrashesToSetAside} times while it looked at this message alone" }
        : recipient);

    /// <summary>Changes the route of some that wait on one; returns how many recipients that were.</summary>
    public async Task<int> RerouteAsync(string route, Func<SpoolRecipient, string> routeOf)
    {
        var changed = 0;
        foreach (var id in await readers.TryAsync(connection => PostgresQueue.WaitingOnAsync(connection, route, ReroutedAtOnce), []))
        {
            var here = 0;
            var outcome = await ChangeAsync(id, recipient =>
            {
                if (recipient.Route != route || recipient.State != RecipientState.Waiting || routeOf(recipient) is var better && better == route)
                {
                    return recipient;
                }

                here++;
                return recipient with { Route = better };
            });
            changed += outcome == SpoolOutcome.Done ? here : 0;
        }

        return changed;
    }
}
