using RelayOperator.Operator.Gather;

namespace RelayOperator.Operator.Derive;

/// <summary>The database of a shared spool, as far as the network has to know it.</summary>
internal static class SpoolDatabase
{
    private const int DefaultPort = 5432;

    /// <summary>The database's port; null where the pool has none.</summary>
    public static int? PortOf(GatheredPool pool)
    {
        if (pool.Pool.Spec.Spool?.Postgres is not { } postgres)
        {
            return null;
        }

        var secret = pool.Secrets.FirstOrDefault(secret => secret.Value.Metadata.Name == postgres.ConnectionSecretRef.Name);
        return Uri.TryCreate(secret?.Value.Text("uri"), UriKind.Absolute, out var uri) && uri.Port > 0 ? uri.Port : DefaultPort;
    }
}
