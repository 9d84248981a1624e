namespace RelayOperator.Relay.Spool.Sqlite;

/// <summary>
/// Gives out what is due. A look at the file tells candidates; each is then read again under its lock, so that nobody
/// changes it between that and the claim.
/// </summary>
internal sealed class SqliteClaiming(SqliteReads reads, SqliteWriter writer, ClaimTable claims, LaneTable lanes, Func<long> now)
{
    // What is claimed with its first chunk at hand costs no second read; larger ones are read when they are sent.
    private const int BytesAtHand = 64 * 1024;

    private readonly Lock _claiming = new();
    private int _rehearsing;

    /// <summary>Claims what is due on a route, its lanes in turn.</summary>
    public List<SpoolClaim> Claim(string route, int max)
    {
        List<SpoolClaim> taken = [];
        if (writer.Seal is null && max > 0)
        {
            lock (_claiming)
            {
                var time = now();
                var due = lanes.TakeDue(route, time);
                for (var i = 0; i < due.Count; i++)
                {
                    // What is left of the number is shared among the lanes that are left.
                    var share = (max - taken.Count + due.Count - i - 1) / (due.Count - i);
                    if (share == 0 || !TryClaim(route, due[i], share, time, taken))
                    {
                        lanes.Waiting(due[i], route, time);
                    }
                }
            }
        }

        return taken;
    }

    /// <summary>Claims all of one message; null where somebody else has any of it, or something of it is damaged.</summary>
    public SpoolClaim? Claim(SpoolId id)
    {
        if (!claims.TryLock(id, alone: true))
        {
            return null;
        }

        try
        {
            var damaged = false;
            var claim = ClaimLocked(id, recipient =>
            {
                damaged |= recipient.State == RecipientState.Damaged;
                return true;
            });
            if (claim is not null && damaged)
            {
                claims.End(claim);
                return null;
            }

            return claim;
        }
        finally
        {
            claims.Unlock(id);
        }
    }

    /// <summary>Claims one suspect, if nobody rehearses another.</summary>
    public async Task<SpoolClaim?> ClaimSuspectAsync()
    {
        if (writer.Statistics.ByState[(int)RecipientState.Suspect] == 0 || Interlocked.Exchange(ref _rehearsing, 1) != 0)
        {
            return null;
        }

        var claim = await TakeSuspectAsync();
        if (claim is null)
        {
            Volatile.Write(ref _rehearsing, 0);
        }

        return claim;
    }

    /// <summary>Ends a rehearsal.</summary>
    public async Task<SpoolOutcome> RehearsedAsync(SpoolClaim claim)
    {
        var outcome = await writer.Add(new SuspectWrite(claim, outlived: true, claims, lanes));
        Volatile.Write(ref _rehearsing, 0);
        if (outcome != SpoolOutcome.Done)
        {
            claims.End(claim);
        }

        return outcome;
    }

    // Claims up to a number of messages of one lane; false where some that are due may be left, or could not be read.
    private bool TryClaim(string route, int lane, int max, long time, List<SpoolClaim> claimed)
    {
        var limit = max + claims.Count;
        var (ids, next, complete) = reads.Try(database => DueIn(database, route, lane, time, limit), ([], long.MaxValue, false));
        if (next != long.MaxValue)
        {
            lanes.Waiting(lane, route, next);
        }

        var taken = 0;
        foreach (var id in ids)
        {
            if (taken == max)
            {
                return false;
            }

            if (!claims.TryLock(id, alone: false))
            {
                complete &= claims.IsClaimed(id); // its claim's end says what is left
                continue;
            }

            try
            {
                if (ClaimLocked(id, recipient => recipient.State == RecipientState.Waiting && recipient.Route == route && recipient.Due.ToUnixTimeMilliseconds() <= time) is { } claim)
                {
                    claimed.Add(claim);
                    taken++;
                }
            }
            finally
            {
                complete &= !claims.Unlock(id);
            }
        }

        return complete;
    }

    private static (List<SpoolId> Ids, long Next, bool Complete) DueIn(SqliteDatabase database, string route, int lane, long time, int limit)
    {
        List<SpoolId> ids = [];
        var seen = 0;
        var row = database.Statement("SELECT message, due FROM recipient WHERE state=0 AND route=? AND lane=? ORDER BY due LIMIT ?")
            .Bind(1, route).Bind(2, lane).Bind(3, limit);
        while (row.Step())
        {
            if (row.Int64(1) > time)
            {
                var next = row.Int64(1);
                row.Reset();
                return (ids, next, true);
            }

            seen++;
            var id = new SpoolId(row.Int64(0));
            if (ids.Count == 0 || ids[^1] != id)
            {
                ids.Add(id);
            }
        }

        return (ids, long.MaxValue, seen < limit);
    }

    // Under the message's lock: where what is read now may have changed before it is claimed, it is not claimed.
    private SpoolClaim? ClaimLocked(SpoolId id, Func<SpoolRecipient, bool> wanted)
    {
        var (message, recipients, chunk, verifies) = reads.Try(database =>
        {
            var found = SqliteRows.Message(database, id, out var sound, out _);
            var all = SqliteRows.Recipients(database, id, out var theyAre);
            var first = found is { Chunks: 1, WireBytes: <= BytesAtHand } ? SqliteReads.Chunk(database, id, 0) : (null, true);
            return (found, all, first.Bytes, found is null || (sound && theyAre && first.Verifies));
        }, (null, [], null, true));
        if (!verifies)
        {
            _ = reads.DamagedAsync(id);
            return null;
        }

        var mine = recipients.FindAll(recipient => wanted(recipient));
        return message is null || mine.Count == 0 ? null : claims.Take(message, mine, chunk, underLock: true);
    }

    private async ValueTask<SpoolClaim?> TakeSuspectAsync()
    {
        var ids = await Task.Run(() => reads.Ids("SELECT DISTINCT message FROM recipient WHERE state=4 AND state<>0 AND ?1='' AND message>?2 LIMIT ?3", "", 0, 100));
        foreach (var id in ids)
        {
            if (!claims.TryLock(id, alone: true))
            {
                continue;
            }

            try
            {
                var crashes = reads.Try(database =>
                {
                    SqliteRows.Message(database, id, out _, out var count);
                    return count;
                }, 0);
                if (crashes >= ISpool.CrashesToSetAside)
                {
                    await writer.Add(new ChangeWrite(id, recipient => SetAside(recipient, crashes), claims, lanes));
                }
                else if (ClaimLocked(id, recipient => recipient.State == RecipientState.Suspect) is { } claim)
                {
                    if (await writer.Add(new SuspectWrite(claim, outlived: false, claims, lanes)) == SpoolOutcome.Done)
                    {
                        return claim;
                    }

                    claims.End(claim);
                }
            }
            finally
            {
                claims.Unlock(id);
            }
        }

        return null;
    }

    private static SpoolRecipient SetAside(SpoolRecipient recipient, int crashes) => recipient.State == RecipientState.Suspect
        ? recipient with { State = RecipientState.SetAside, LastReply = $"the relay ended {crashes} times while it looked at this message alone" }
        : recipient;
}
