using System.Text.Json;
using RelayOperator.Bench.Measuring;
using RelayOperator.TestKit;
using RelayOperator.TestKit.Cluster;
using RelayOperator.TestKit.Cluster.Kinds;

namespace RelayOperator.Bench.Fleet;

/// <summary>A real relay as one more pod of a pool: it follows the pool's Secret.</summary>
public sealed class FollowingRelay : IAsyncDisposable
{
    private readonly HttpClient _http = new();
    private readonly TempFolder _folder;
    private readonly Uri _status;
    private readonly Server _relay;

    private FollowingRelay(TempFolder folder, Uri status, Server relay)
    {
        _folder = folder;
        _status = status;
        _relay = relay;
    }

    /// <param name="fleet">The pools.</param>
    /// <param name="pool">Which one it serves.</param>
    /// <param name="port">Where that pool listens.</param>
    public static async Task<FollowingRelay> StartAsync(PoolFleet fleet, int pool, int port)
    {
        var (name, folder, admin) = (PoolFleet.PoolName(pool), new TempFolder(), FreePort.Next());
        var secret = fleet.Server.Cluster.Get(BuiltInKinds.Secret, PoolFleet.Space, $"{name}-config");
        await File.WriteAllBytesAsync(folder.File("pool.json"), Convert.FromBase64String(secret.At("data", "pool.json").Text()!));
        await File.WriteAllTextAsync(folder.File("token"), fleet.Server.TokenOf(PoolFleet.Space, name));
        string[] environment =
        [
            $"RELAY_POOL_SECRET={name}-config", $"POD_NAME={name}-real", $"POD_NAMESPACE={PoolFleet.Space}", "POD_UID=real",
            $"RELAY_CONFIG_DIR={folder.Path}", $"RELAY_SERVICE_ACCOUNT_DIR={folder.Path}", $"RELAY_TEMP={folder.Path}",
            $"RELAY_API={fleet.Server.Address}", "RELAY_BIND=127.0.0.1", $"RELAY_ADMIN=127.0.0.1:{admin}",
        ];
        var relay = await Server.StartAsync(folder.File("relay.log"), port, "/usr/bin/env", [.. environment, "dotnet", Repository.Relay, "run"]);
        return new FollowingRelay(folder, new Uri($"http://127.0.0.1:{admin}/status"), relay);
    }

    /// <summary>Number of the write that is in force.</summary>
    public async Task<long> SequenceAsync()
    {
        using var status = JsonDocument.Parse(await _http.GetByteArrayAsync(_status));
        return status.RootElement.GetProperty("configSequence").GetInt64();
    }

    public async ValueTask DisposeAsync()
    {
        await _relay.DisposeAsync();
        _http.Dispose();
        _folder.Dispose();
    }
}
