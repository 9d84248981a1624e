using System.Globalization;
using System.Net.Sockets;
using Npgsql;

namespace RelayOperator.TestKit;

/// <summary>
/// A real PostgreSQL, of Debian's package, on a port of 127.0.0.1: started, stopped, killed, frozen, and gone with the test,
/// even where the test's own process is killed. Every commit is synced, as in earnest.
/// </summary>
public sealed class PostgresServer : IAsyncDisposable
{
    // Ends with its standard input, which is this process's end at the latest. SIGQUIT ends a server at once.
    private const string Guard =
        """
        folder=$1 alone=$2; shift 2
        "$@" & server=$!
        cat >/dev/null
        kill -CONT $server $(cat /proc/$server/task/*/children) 2>/dev/null; kill -QUIT $server 2>/dev/null; wait $server
        [ "$alone" = 1 ] && rm -rf "$folder"; exit 0
        """;

    private static readonly Lazy<Task<PostgresServer>> OfAll = new(() => StartAsync(shared: true, []));
    private static readonly string Programs = Directory.GetDirectories("/usr/lib/postgresql").Order(StringComparer.Ordinal).Last() + "/bin/";
    private static readonly string[] AsUser =
        Environment.IsPrivilegedProcess ? ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"] : [];

    private readonly string _folder = Directory.CreateTempSubdirectory("relay-postgres-").FullName;
    private readonly int _port = FreePort.Next();
    private readonly bool _shared;
    private readonly string[] _settings;
    private ChildProcess? _process;
    private int _databases;

    private PostgresServer(bool shared, string[] settings) => (_shared, _settings) = (shared, settings);

    /// <summary>The server of all tests that do it no harm.</summary>
    public static Task<PostgresServer> SharedAsync() => OfAll.Value;

    /// <summary>A server of one's own.</summary>
    /// <param name="settings">Further settings, as name=value.</param>
    public static Task<PostgresServer> StartAsync(params string[] settings) => StartAsync(shared: false, settings);

    public int Port => _port;

    /// <summary>The process that it and all its children descend from.</summary>
    public int ProcessId => _process!.Id;

    /// <summary>Lines of its log.</summary>
    public IEnumerable<string> Log => _process!.Output;

    /// <summary>The address of a new, empty database.</summary>
    public async Task<string> CreateDatabaseAsync()
    {
        var name = $"spool{Interlocked.Increment(ref _databases)}";
        await ExecuteAsync($"CREATE DATABASE {name}");
        return Uri(name);
    }

    /// <summary>The address of a database of this name.</summary>
    public string Uri(string database, int? port = null) => $"postgresql://postgres@127.0.0.1:{port ?? _port}/{database}";

    /// <summary>Does something in a database, by a connection of its own.</summary>
    public async Task<object?> ExecuteAsync(string sql, string database = "postgres")
    {
        await using var connection = new NpgsqlConnection(
            $"Host=127.0.0.1;Port={_port};Username=postgres;Database={database};Pooling=false;Timeout=10");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync();
    }

    /// <summary>From now on a user has to say the password that it has.</summary>
    public async Task AskForPasswordAsync(string user)
    {
        var rules = Path.Combine(Data, "pg_hba.conf");
        await File.WriteAllTextAsync(rules, $"host all {user} 127.0.0.1/32 scram-sha-256\n" + await File.ReadAllTextAsync(rules));
        await ExecuteAsync("SELECT pg_reload_conf()");
    }

    /// <summary>Lets it end what it does not need to wait for, as a restart does.</summary>
    public async Task StopAsync()
    {
        await SignalAsync("INT", [ServerId()]);
        await GoneAsync();
    }

    /// <summary>SIGKILL to all of it at once, as when its machine dies.</summary>
    public async Task KillAsync()
    {
        await SignalAsync("KILL", Everyone());
        await GoneAsync();
    }

    /// <summary>Nothing of it moves any more; its connections stay open.</summary>
    public Task FreezeAsync() => SignalAsync("STOP", Everyone());

    public Task ThawAsync() => SignalAsync("CONT", Everyone());

    /// <summary>Starts it on the data that it has.</summary>
    public async Task StartAgainAsync()
    {
        _process = ChildProcess.Start(
            "sh",
            [
                "-c", Guard, "sh", _folder, _shared ? "1" : "0", .. AsUser, Programs + "postgres", "-D", Data, "-p", $"{_port}", "-k", _folder,
                .. Settings().SelectMany(setting => new[] { "-c", setting }),
            ]);
        await Eventually.True(
            async () => !_process.HasExited ? await AnswersAsync() : throw new InvalidOperationException(string.Join('\n', Log)), "PostgreSQL answers", 60);
    }

    public async ValueTask DisposeAsync()
    {
        await _process!.EndInputAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private string Data => Path.Combine(_folder, "data");

    private static async Task<PostgresServer> StartAsync(bool shared, string[] settings)
    {
        var server = new PostgresServer(shared, settings);
        if (Environment.IsPrivilegedProcess)
        {
            // It refuses to run as root.
            await DoneAsync("chown", "postgres:postgres", server._folder);
        }

        string[] initdb = [.. AsUser, Programs + "initdb", "-D", server.Data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"];
        await DoneAsync(initdb[0], initdb[1..]);
        await server.StartAgainAsync();
        return server;
    }

    private static async Task DoneAsync(string program, params string[] arguments)
    {
        var (code, output, error) = await Command.RunAsync(program, "/", [], arguments);
        if (code != 0)
        {
            throw new InvalidOperationException($"{program} ended with {code}: {output}{error}");
        }
    }

    private static async Task SignalAsync(string signal, IEnumerable<int> processes)
    {
        // One may have ended by itself meanwhile.
        await Command.RunAsync("/bin/kill", "/", [], [$"-{signal}", .. processes.Select(id => $"{id}")]);
    }

    private IEnumerable<string> Settings() =>
    [
        "listen_addresses=127.0.0.1", "fsync=on", "shared_buffers=32MB", "max_connections=100", "wal_level=minimal", "max_wal_senders=0",
        "max_wal_size=256MB", "timezone=UTC", "log_checkpoints=off", "jit=off", "max_parallel_workers=0", .. _settings,
    ];

    private int ServerId() => int.Parse(File.ReadLines(Path.Combine(Data, "postmaster.pid")).First(), CultureInfo.InvariantCulture);

    private IEnumerable<int> Everyone()
    {
        var server = ServerId();
        // First the one that would notice that others are gone.
        return
        [
            server,
            .. Directory.GetDirectories($"/proc/{server}/task").SelectMany(task => File.ReadAllText($"{task}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries))
                .Select(id => int.Parse(id, CultureInfo.InvariantCulture)),
        ];
    }

    private async Task GoneAsync()
    {
        await Eventually.True(async () => !await AnswersAsync(), "PostgreSQL is gone", 30);
        await _process!.EndInputAsync();
    }

    private async Task<bool> AnswersAsync()
    {
        try
        {
            await ExecuteAsync("SELECT 1");
            return true;
        }
        catch (Exception error) when (error is NpgsqlException or SocketException)
        {
            return false;
        }
    }
}
