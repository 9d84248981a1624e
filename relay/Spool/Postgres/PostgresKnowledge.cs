using System.Collections.Concurrent;

namespace RelayOperator.Relay.Spool.Postgres;

/// <summary>
/// What this relay knows of the database without a look: what it holds, what lies there, where mail waits, the seal, and
/// what may have come to be without its hearing of it. Thread-safe.
/// </summary>
/// <param name="time">The clock.</param>
/// <param name="countPossibleDuplicates">Gets how many messages may come twice.</param>
internal sealed class PostgresKnowledge(TimeProvider time, Action<int> countPossibleDuplicates)
{
    private volatile SpoolSeal? _seal;

    public PostgresTotals Totals { get; } = new();

    public RouteHints Hints { get; } = new();

    public DisownedMessages Disowned { get; } = new(time);

    /// <summary>Claims of this relay, by their numbers.</summary>
    public ConcurrentDictionary<long, PostgresClaim> Held { get; } = new();

    /// <summary>The seal as it was last seen.</summary>
    public SpoolSeal? Seal
    {
        get => _seal;
        set => _seal = value;
    }

    /// <summary>There is mail that anybody may take; called also from within a commit.</summary>
    public Action Told { get; set; } = static () => { };

    /// <summary>Milliseconds of the era, as due times are stored.</summary>
    public long Now => time.GetUtcNow().ToUnixTimeMilliseconds();

    public void Waiting(IReadOnlyList<SpoolRecipient> recipients)
    {
        Hints.Waiting(recipients);
        Told();
    }

    /// <summary>A group was committed.</summary>
    public void Committed(WriteGroup group, IReadOnlyList<PostgresWrite> writes, PostgresLease lease)
    {
        SpoolId? oldest = null;
        foreach (var write in writes)
        {
            switch (write)
            {
                case AddWrite { Outcome: SpoolOutcome.Done } add:
                    oldest = oldest is null || add.Message.Id.Number < oldest.Value.Number ? add.Message.Id : oldest;
                    if (add.KeepClaim)
                    {
                        Held[add.Token] = new PostgresClaim(add.Message, add.New.Recipients, add.New.Body, add.Token, lease);
                    }
                    else
                    {
                        Waiting(add.New.Recipients);
                    }

                    break;
                case SettleWrite settle:
                    Held.TryRemove(settle.Claim.Token, out _);
                    if (settle.Outcome == SpoolOutcome.Done)
                    {
                        Left(settle.Settlement);
                    }

                    break;
            }
        }

        Totals.Count(group.Delta, oldest);
        if (group.Seal is { } seal)
        {
            Seal = seal;
        }
    }

    /// <summary>Writes have failed; with <paramref name="isUnknown"/> they may have come to pass.</summary>
    public void Failed(IReadOnlyList<PostgresWrite> writes, bool isUnknown)
    {
        var duplicates = 0;
        foreach (var write in writes)
        {
            if (isUnknown && write is AddWrite add)
            {
                Disowned.Add(add.Message.Id, add.Token);
                duplicates++;
            }
        }

        Disowned.Suspect();
        if (duplicates != 0)
        {
            countPossibleDuplicates(duplicates);
        }
    }

    private void Left(Settlement settlement)
    {
        foreach (var result in settlement.Results)
        {
            if (result.After is { } after)
            {
                Waiting([after]);
            }
        }

        if (settlement.Added.Count != 0)
        {
            Waiting(settlement.Added);
        }

        foreach (var notification in settlement.Notifications)
        {
            Waiting(notification.Recipients);
        }
    }
}
