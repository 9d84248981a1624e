using Npgsql;
using RelayOperator.Api;

namespace RelayOperator.Relay.Spool.Postgres;

/// <summary>
/// Connections to the spool's database: few of them, since the pods of a pool share what the server allows, and each with
/// bounds of its own, so that neither a frozen server nor a frozen relay holds anything for long.
/// </summary>
internal static class PostgresSource
{
    // One that writes, two that read, one that looks after the lease, one that listens, one that tells.
    private const int MostConnections = 6;
    private const int SecondsOfCommand = 8;

    // Server and relay each give up by themselves, whichever of them the other one has lost. Plans that were made while the
    // tables were empty must not read them whole when they are full. A pooler between the two may forget these, which costs
    // no more than that. The last statement allocates a megabyte and frees it: from then on glibc keeps that much in the
    // server process, where it would otherwise return memory to the kernel after each statement and fault it in again with
    // the next, which takes as long as all that the statements do. (mallopt(3), M_MMAP_THRESHOLD: it adapts to what is freed.)
    private const string Settings =
        """
        SET statement_timeout='7s'; SET lock_timeout='5s'; SET idle_in_transaction_session_timeout='8s'; SET jit=off;
        SET tcp_keepalives_idle=5; SET tcp_keepalives_interval=2; SET tcp_keepalives_count=3;
        SET enable_seqscan=off; SET enable_hashjoin=off; SET enable_mergejoin=off; SET plan_cache_mode=force_generic_plan; SET default_transaction_isolation='read committed';
        SELECT length(repeat(repeat('x', 1024), 1024))
        """;

    /// <param name="address">The database.</param>
    /// <param name="password">The password as it is now; asked for with each new connection.</param>
    public static NpgsqlDataSource For(PostgresAddress address, Func<string> password)
    {
        var builder = new NpgsqlDataSourceBuilder(Text(address).ToString());
        builder.UsePasswordProvider(_ => password(), (_, _) => new ValueTask<string>(password()));
        builder.UsePhysicalConnectionInitializer(
            static connection =>
            {
                using var command = new NpgsqlCommand(Settings, connection);
                command.ExecuteNonQuery();
            },
            static async connection =>
            {
                await using var command = new NpgsqlCommand(Settings, connection);
                await command.ExecuteNonQueryAsync();
            });
        return address.Hosts.Length == 1 ? builder.Build() : builder.BuildMultiHost().WithTargetSession(TargetSessionAttributes.Primary);
    }

    private static NpgsqlConnectionStringBuilder Text(PostgresAddress address)
    {
        var text = new NpgsqlConnectionStringBuilder
        {
            Username = address.UserName,
            Database = address.Database.Length == 0 ? address.UserName : address.Database,
            ApplicationName = "relay",
            MaxPoolSize = MostConnections,
            Timeout = 5,
            CommandTimeout = SecondsOfCommand,
            // A server that does not answer would not answer a cancellation either.
            CancellationTimeout = -1,
            KeepAlive = 5,
            NoResetOnClose = true,
            Enlist = false,
            MaxAutoPrepare = 64,
            AutoPrepareMinUsages = 2,
            Host = address.Hosts.Length == 1 ? address.Hosts[0].Host : string.Join(',', address.Hosts),
        };
        if (address.Hosts.Length == 1)
        {
            text.Port = address.Hosts[0].Port;
        }

        foreach (var (name, value) in address.Parameters)
        {
            Set(text, name, value);
        }

        return text;
    }

    // Names and values as libpq has them.
    private static void Set(NpgsqlConnectionStringBuilder text, string name, string value)
    {
        switch (name)
        {
            case "application_name":
                text.ApplicationName = value;
                break;
            case "connect_timeout" when int.TryParse(value, out var seconds) && seconds is > 0 and < 1024:
                text.Timeout = seconds;
                break;
            case "options":
                text.Options = value;
                break;
            case "sslrootcert":
                text.RootCertificate = value;
                break;
            case "sslmode" when Enum.TryParse<SslMode>(value.Replace("-", "", StringComparison.Ordinal), ignoreCase: true, out var mode):
                text.SslMode = mode;
                break;
            case "channel_binding" when Enum.TryParse<ChannelBinding>(value, ignoreCase: true, out var binding):
                text.ChannelBinding = binding;
                break;
            case "gssencmode" when Enum.TryParse<GssEncryptionMode>(value, ignoreCase: true, out var encryption):
                text.GssEncryptionMode = encryption;
                break;
            case "target_session_attrs":
                // What takes writes is what is wanted, and that is asked for anyway.
                break;
            default:
                throw new FormatException($"the address of the database has {name} with a value that is none of it");
        }
    }
}
