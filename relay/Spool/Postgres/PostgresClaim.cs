namespace RelayOperator.Relay.Spool.Postgres;

/// <summary>A claim that is marked in the database by a number of its own, which nobody else's claim has had or will have.</summary>
internal sealed class PostgresClaim(SpoolMessage message, IReadOnlyList<SpoolRecipient> recipients, ReadOnlyMemory<byte> firstChunk, long token, PostgresLease lease)
    : SpoolClaim(message, recipients, firstChunk)
{
    public long Token { get; } = token;

    /// <summary>It was claimed to be rehearsed.</summary>
    public bool IsSuspect { get; init; }

    public override bool HoldsFor(TimeSpan time) => lease.HoldsFor(PostgresLease.OwnerOf(Token), time);
}
