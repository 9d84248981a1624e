using Npgsql;

namespace RelayOperator.Relay.Spool.Postgres;

/// <summary>
/// Connections for all that is not a write of a group: a few at once, each for one short piece of work. Does nothing while the
/// database fails; who finds that it does, tells the writer, which opens it anew.
/// </summary>
internal sealed class PostgresReaders(NpgsqlDataSource source, PostgresWriter writer, PostgresKnowledge knowledge)
{
    private const int AtOnce = 2;

    private readonly SemaphoreSlim _free = new(AtOnce);

    /// <summary>Does it on a connection that has its turn.</summary>
    public async Task<T> TryAsync<T>(Func<NpgsqlConnection, Task<T>> action, T otherwise)
    {
        if (!writer.Health.IsGood)
        {
            return otherwise;
        }

        await _free.WaitAsync();
        try
        {
            return await TryAtOnceAsync(action, otherwise);
        }
        finally
        {
            _free.Release();
        }
    }

    /// <summary>Does it on a connection beside those: for what cannot wait for what others do.</summary>
    public async Task<T> TryAtOnceAsync<T>(Func<NpgsqlConnection, Task<T>> action, T otherwise)
    {
        if (!writer.Health.IsGood)
        {
            return otherwise;
        }

        var openings = writer.Openings;
        try
        {
            await using var connection = await source.OpenConnectionAsync();
            try
            {
                return await action(connection);
            }
            catch (Exception e) when (e is LeaseLostException || PostgresFault.IsUndone(e))
            {
                await using var undo = new PostgresBatch(connection).Add("ROLLBACK");
                await undo.RunAsync();
                if (!PostgresFault.IsCollision(e))
                {
                    writer.Report(e, openings);
                }

                return otherwise;
            }
        }
        catch (Exception e) when (PostgresFault.Is(e))
        {
            knowledge.Disowned.Suspect();
            writer.Report(e, openings);
            return otherwise;
        }
    }
}
