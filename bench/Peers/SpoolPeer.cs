using System.Text.Json;
using RelayOperator.Bench.Measuring;
using RelayOperator.TestKit;

namespace RelayOperator.Bench.Peers;

/// <summary>A relay with a spool on this machine, in a file or in a database: it is through when the spool is empty, if there are hubs to empty it to.</summary>
public sealed class SpoolPeer : Peer
{
    private readonly HttpClient _http = new();
    private readonly HubPair _hubs;
    private readonly string _file;
    private readonly int _admin = FreePort.Next();
    private readonly bool _waits;
    private Server? _server;

    private SpoolPeer(string name, int port, HubPair hubs, bool waits)
        : base(name, port)
    {
        (_hubs, _waits) = (hubs, waits);
        _file = hubs.Path($"{name}.yaml");
        Folder = hubs.Path($"{name}-spool");
    }

    /// <summary>Where its spool lies.</summary>
    public string Folder { get; }

    public override ProcessTree Tree => _server!.Tree;

    /// <param name="name">What it is called.</param>
    /// <param name="hubs">The hubs.</param>
    /// <param name="hubPorts">Where it looks for them; others than theirs, and it has none.</param>
    /// <param name="mode">delivery.mode.</param>
    /// <param name="database">URI of its PostgreSQL; "" for a file.</param>
    public static async Task<SpoolPeer> StartAsync(string name, HubPair hubs, IReadOnlyList<int> hubPorts, string mode, string database = "")
    {
        var peer = new SpoolPeer(name, FreePort.Next(), hubs, waits: ReferenceEquals(hubPorts, hubs.Ports));
        var spool = database.Length == 0 ? "{ storage: { size: 100Gi } }" : "{ postgres: { connectionSecretRef: { name: db } } }";
        await RelayPeer.WritePoolAsync(
            peer._file,
            hubs,
            hubPorts,
            peer.Port,
            $"  delivery: {{ mode: {mode} }}\n  spool: {spool}\n  health: {{ probe: {{ intervalSeconds: 1, successes: 1 }}, ejection: {{ baseSeconds: 1, maxSeconds: 2 }} }}");
        if (database.Length != 0)
        {
            await File.AppendAllTextAsync(peer._file, $"---\napiVersion: v1\nkind: Secret\nmetadata: {{ name: db }}\nstringData: {{ uri: '{database}' }}\n");
        }

        await peer.StartAgainAsync();
        return peer;
    }

    /// <summary>Ends it with SIGKILL if it runs, and starts it on the same spool; how long that took until it served, in seconds.</summary>
    public async Task<double> StartAgainAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        var started = TimeProvider.System.GetTimestamp();
        _server = await Server.StartAsync(
            _hubs.Path($"{Name}.log"), Port, "dotnet", Repository.Relay, "run", "--pool", _file, "--admin", $"127.0.0.1:{_admin}", "--spool", Folder);
        return TimeProvider.System.GetElapsedTime(started).TotalSeconds;
    }

    /// <summary>Messages in its spool.</summary>
    public async Task<long> SpooledAsync()
    {
        using var status = JsonDocument.Parse(await _http.GetStringAsync(new Uri($"http://127.0.0.1:{_admin}/status")));
        return status.RootElement.GetProperty("spool").GetProperty("messages").GetInt64();
    }

    public override Task DeliveredAsync() => _waits ? EmptyAsync(300) : Task.CompletedTask;

    /// <summary>Waits until its spool is empty.</summary>
    public Task EmptyAsync(double seconds) => Eventually.True(async () => await SpooledAsync() == 0, $"{Name}'s spool is empty", seconds);

    protected override async Task StopAsync()
    {
        _http.Dispose();
        await _server!.DisposeAsync();
    }
}
