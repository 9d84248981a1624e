using System.Net;
using System.Text.Json;
using Xunit;

namespace RelayOperator.TestKit;

/// <summary>A real <c>relay run</c> on a pool file of the test's, in front of hubs on this machine.</summary>
public sealed class RelayProcess : IAsyncDisposable
{
    private readonly TempFolder _folder = new();
    private readonly RelayAdmin _admin;
    private readonly int _spoolDiskMiB;
    private readonly int _heapMiB;
    private ChildProcess? _process;

    private RelayProcess(IReadOnlyList<int> hubs, string spoolFolder, int spoolDiskMiB, int heapMiB)
    {
        (_spoolDiskMiB, _heapMiB) = (spoolDiskMiB, heapMiB);
        SpoolFolder = spoolFolder.Length == 0 ? _folder.File("spool") : spoolFolder;
        Port = FreePort.Next();
        AdminPort = FreePort.Next();
        _admin = new RelayAdmin(new IPEndPoint(IPAddress.Loopback, AdminPort));
        PoolFile = _folder.File("pool.yaml");
        Hubs = hubs;
    }

    public int Port { get; }

    public int AdminPort { get; }

    public IPEndPoint Address => new(IPAddress.Loopback, Port);

    public string PoolFile { get; }

    public IReadOnlyList<int> Hubs { get; }

    public ChildProcess Process => _process!;

    /// <summary>Where its spool lies, if the pool has one.</summary>
    public string SpoolFolder { get; }

    /// <param name="hubs">Ports of the hubs.</param>
    /// <param name="limits">What stands in spec.limits.</param>
    /// <param name="health">What stands in spec.health.</param>
    /// <param name="spec">Further lines of the spec, indented by two.</param>
    /// <param name="spoolFolder">Where the spool is to lie; "" for a folder of its own.</param>
    /// <param name="spoolDiskMiB">Size of a disk of the spool's own, which ends with the process; 0 for none.</param>
    /// <param name="heapMiB">More than this the runtime's heap may not take: then the process ends; 0 for no limit.</param>
    public static async Task<RelayProcess> StartAsync(
        IReadOnlyList<int> hubs, string limits = "", string health = "", string spec = "", string spoolFolder = "", int spoolDiskMiB = 0, int heapMiB = 0)
    {
        var relay = new RelayProcess(hubs, spoolFolder, spoolDiskMiB, heapMiB);
        await File.WriteAllTextAsync(relay.PoolFile, relay.Pool(limits, health, spec));
        await relay.StartAgainAsync();
        return relay;
    }

    /// <summary>Starts it, or starts it anew after its end, on the same ports.</summary>
    public async Task StartAgainAsync()
    {
        if (_process is not null)
        {
            await _process.DisposeAsync();
        }

        string[] limit = _heapMiB == 0 ? [] : ["env", $"DOTNET_GCHeapHardLimit=0x{(long)_heapMiB << 20:x}"];
        string[] command = [.. limit, "dotnet", Repository.Relay, "run", "--pool", PoolFile, "--admin", $"127.0.0.1:{AdminPort}", "--temp", _folder.Path, "--spool", SpoolFolder];
        _process = _spoolDiskMiB == 0 ? ChildProcess.Start(command[0], command[1..]) : StartOnDisk(command);
        await Eventually.True(
            async () =>
            {
                Assert.False(_process.HasExited, string.Join('\n', _process.Output));
                return await _admin.IsReadyAsync();
            },
            "the relay is ready",
            30);
    }

    public Task<JsonElement> StatusAsync() => _admin.StatusAsync();

    public async Task<JsonElement> HubAsync(int index) => (await _admin.HubAsync($"ht{index + 1}"))!.Value;

    public async Task<string> HubStateAsync(int index) => (await HubAsync(index)).GetProperty("state").GetString()!;

    public Task<string> GetAsync(string path) => _admin.GetAsync(path);

    /// <summary>Messages in its spool.</summary>
    public async Task<long> SpooledAsync() => (await StatusAsync()).GetProperty("spool").GetProperty("messages").GetInt64();

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            await _process.DisposeAsync();
        }

        _folder.Dispose();
    }

    // In a mount namespace of its own, which takes no privileges but those that a user has over it.
    private ChildProcess StartOnDisk(string[] command)
    {
        Directory.CreateDirectory(SpoolFolder);
        return ChildProcess.Start(
            "unshare", ["--map-root-user", "--mount", "sh", "-c", $"mount -t tmpfs -o size={_spoolDiskMiB}m none '{SpoolFolder}' && exec \"$@\"", "sh", .. command]);
    }

    /// <summary>The pool file for these hubs.</summary>
    public string Pool(string limits = "", string health = "", string spec = "")
    {
        var hubs = Hubs.Select((port, i) => $$"""
            ---
            apiVersion: relayoperator.io/v1beta1
            kind: HubTransport
            metadata: { name: ht{{i + 1}}, labels: { pool: test } }
            spec:
              host: 127.0.0.1
              port: {{port}}
              limits: { maxConnections: 64 }

            """);
        return $$"""
            apiVersion: relayoperator.io/v1beta1
            kind: RelayPool
            metadata: { name: test }
            spec:
              listeners: [{ name: smtp, port: {{Port}} }]
              access: [{ name: local, clientCIDRs: [127.0.0.0/8] }]
              hubs: { selector: { matchLabels: { pool: test } } }
              balancing: { slowStartSeconds: 2 }
              health: { {{health}} }
              limits: { {{limits}} }
            {{spec}}

            """ + string.Concat(hubs);
    }
}
