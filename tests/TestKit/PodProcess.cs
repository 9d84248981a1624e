using System.Net;
using System.Text.Json;
using RelayOperator.Api.Config;

namespace RelayOperator.TestKit;

/// <summary>A real <c>relay run</c> as in a pod: environment, mounted copy of the Secret, service account.</summary>
public sealed class PodProcess : IAsyncDisposable
{
    private static readonly HttpClient Http = new() { Timeout = TimeSpan.FromSeconds(5) };

    private readonly TempFolder _folder = new();

    private PodProcess()
    {
    }

    public IPEndPoint Address { get; } = new(IPAddress.Loopback, FreePort.Next());

    public int AdminPort { get; } = FreePort.Next();

    public ChildProcess Process { get; private set; } = null!;

    /// <summary>Starts it with a pool mounted whose listener becomes this pod's.</summary>
    public static async Task<PodProcess> StartAsync(Uri api, RenderedPool pool)
    {
        var pod = new PodProcess();
        await pod.MountAsync(pool);
        await File.WriteAllTextAsync(pod._folder.File("token"), "token");
        string[] environment =
        [
            "RELAY_POOL_SECRET=corp-config", "POD_NAME=corp-0", "POD_NAMESPACE=mail", "POD_UID=pod-uid", "NODE_NAME=node-1",
            $"RELAY_CONFIG_DIR={pod._folder.Path}", $"RELAY_SERVICE_ACCOUNT_DIR={pod._folder.Path}", $"RELAY_TEMP={pod._folder.Path}", $"RELAY_API={api}",
            "RELAY_BIND=127.0.0.1", $"RELAY_ADMIN=127.0.0.1:{pod.AdminPort}",
        ];
        pod.Process = ChildProcess.Start("/usr/bin/env", [.. environment, "dotnet", Repository.Relay, "run"]);
        await Eventually.True(async () => pod.Process.HasExited || await pod.IsReadyAsync(), "the pod is ready", 30);
        return pod;
    }

    /// <summary>The kubelet brings the mounted copy up to date.</summary>
    public Task MountAsync(RenderedPool pool) => File.WriteAllBytesAsync(_folder.File(RenderedPool.Key), PoolConfigJson.Print(Of(pool)));

    /// <summary>A pool with this pod's listener.</summary>
    public RenderedPool Of(RenderedPool pool) =>
        pool with { Config = pool.Config with { Listeners = [new ListenerConfig("smtp", Address.Port, ListenerProtocol.SMTP)] } };

    public async Task<JsonElement> StatusAsync() => JsonDocument.Parse(await Http.GetStringAsync(new Uri($"http://127.0.0.1:{AdminPort}/status"))).RootElement;

    public async Task<long> SequenceAsync() => (await StatusAsync()).GetProperty("configSequence").GetInt64();

    public async Task<bool> IsReadyAsync()
    {
        try
        {
            using var answer = await Http.GetAsync(new Uri($"http://127.0.0.1:{AdminPort}/readyz"));
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Process.DisposeAsync();
        _folder.Dispose();
    }
}
