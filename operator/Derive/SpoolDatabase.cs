using RelayOperator.Api;
using RelayOperator.Operator.Gather;

namespace RelayOperator.Operator.Derive;

/// <summary>The database of a shared spool, as far as the network has to know it.</summary>
internal static class SpoolDatabase
{
    /// <summary>The database's port; null where the pool has none.</summary>
    public static int? PortOf(GatheredPool pool)
    {
        if (pool.Pool.Spec.Spool?.Postgres is not { } postgres)
        {
            return null;
        }

        var secret = pool.Secrets.FirstOrDefault(secret => secret.Value.Metadata.Name == postgres.ConnectionSecretRef.Name);
        return PostgresAddress.Parse(secret?.Value.Text("uri") ?? "", out _)?.Hosts[0].Port ?? PostgresAddress.DefaultPort;
    }
}
