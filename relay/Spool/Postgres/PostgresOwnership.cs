using Npgsql;

namespace RelayOperator.Relay.Spool.Postgres;

/// <summary>
/// This relay as one of the owners of what lies in the database: it becomes one, renews its lease, takes over from those whose
/// lease has run out, ends what it never heard of, and learns what the others have done. One call at a time.
/// </summary>
/// <param name="schema">The tables.</param>
/// <param name="lease">The lease.</param>
/// <param name="knowledge">What is learnt.</param>
/// <param name="logger">For what an operator should hear of.</param>
/// <param name="countPossibleDuplicates">Gets how many messages a dead relay may have sent.</param>
internal sealed partial class PostgresOwnership(
    PostgresSchema schema, PostgresLease lease, PostgresKnowledge knowledge, ILogger logger, Action<int> countPossibleDuplicates)
{
    // Its row of the totals, beside the one of the connection that writes.
    private const int Slot = PostgresWriter.Slot + 1;

    private string _warned = "";

    /// <summary>On a connection that nobody else uses, before anything is written: at the start, and after each failure. A text where the database cannot be used.</summary>
    public async Task<string?> BeginAsync(NpgsqlConnection connection)
    {
        var (refusal, warning) = await PostgresServerCheck.RunAsync(connection, CancellationToken.None);
        refusal ??= await schema.MigrateAsync(connection, CancellationToken.None);
        if (refusal is not null)
        {
            return refusal;
        }

        if (warning is not null && warning != _warned)
        {
            Warn(logger, warning);
            _warned = warning;
        }

        if (lease.Owner == 0 || !await lease.RenewAsync(connection))
        {
            await lease.RegisterAsync(connection);
        }

        await TakeOverAsync(connection);
        await DisownAsync(connection);
        await RefreshAsync(connection, own: true);
        return null;
    }

    /// <summary>Every so often, and when another relay has told of mail; true where something is new. Throws <see cref="LeaseLostException"/>.</summary>
    public async Task<bool> RenewAsync(NpgsqlConnection connection)
    {
        if (!await lease.RenewAsync(connection))
        {
            throw new LeaseLostException();
        }

        return await TakeOverAsync(connection) | await DisownAsync(connection) | await RefreshAsync(connection, own: false);
    }

    private async Task<bool> TakeOverAsync(NpgsqlConnection connection)
    {
        var (freed, inDoubt) = await PostgresTakeover.TakeOverAsync(connection, Slot, knowledge.Now);
        if (freed != 0)
        {
            TookOver(logger, freed, inDoubt);
        }

        if (inDoubt != 0)
        {
            countPossibleDuplicates(inDoubt);
        }

        return freed != 0;
    }

    private async Task<bool> DisownAsync(NpgsqlConnection connection)
    {
        var disowned = knowledge.Disowned;
        if (!disowned.IsSuspecting)
        {
            return false;
        }

        // Claims that came to be without this relay's hearing of it, twice in a row, so that none is only under way.
        var lost = disowned.Lost(await PostgresTakeover.TokensAsync(connection, lease.Owner), knowledge.Held.ContainsKey);
        if (lost.Count != 0)
        {
            knowledge.Totals.Count(await PostgresTakeover.EndAsync(connection, lease, Slot, lost, knowledge.Now));
        }

        if (disowned.Messages is { Count: > 0 } messages)
        {
            knowledge.Totals.Count(await PostgresTakeover.DisownAsync(connection, lease, Slot, messages));
        }

        return lost.Count != 0;
    }

    private async Task<bool> RefreshAsync(NpgsqlConnection connection, bool own)
    {
        await using var batch = new PostgresBatch(connection)
            .Add("SELECT owner, counts FROM relay_spool.total")
            .Add("SELECT (SELECT n FROM relay_spool.message ORDER BY n LIMIT 1), s.token, s.sequence FROM (VALUES(1)) one LEFT JOIN relay_spool.seal s ON true")
            .Add(PostgresClaiming.Routes);
        await using var row = await batch.ReadAsync();
        var (mine, others) = await PostgresTotals.ReadAsync(row, lease.Owner);
        await row.NextResultAsync();
        await row.ReadAsync();
        SpoolId? oldest = await row.IsDBNullAsync(0) ? null : new SpoolId(row.GetInt64(0));
        knowledge.Seal = await row.IsDBNullAsync(1) ? null : new SpoolSeal(row.GetInt64(1), row.GetInt64(2));
        await row.NextResultAsync();
        while (await row.ReadAsync())
        {
            knowledge.Hints.Waiting(row.GetString(0), row.GetInt64(1));
        }

        return knowledge.Totals.Set(others, own ? mine : null, oldest);
    }

    [LoggerMessage(7124, LogLevel.Warning, "The spool's database: {Warning}")]
    private static partial void Warn(ILogger logger, string warning);

    [LoggerMessage(7125, LogLevel.Warning, "Took over {Recipients} recipients from a relay that is gone; a hub may have got {Messages} messages of them already")]
    private static partial void TookOver(ILogger logger, int recipients, int messages);
}
