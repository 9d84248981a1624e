using System.Text.Json;

namespace RelayOperator.TestKit;

/// <summary>A real <c>operator run</c> that reaches an API server by a kubeconfig, as one of several replicas.</summary>
public sealed class OperatorProcess : IAsyncDisposable
{
    private static readonly HttpClient Http = new() { Timeout = TimeSpan.FromSeconds(5) };

    private readonly TempFolder _folder = new();

    private OperatorProcess(string name) => Name = name;

    /// <summary>The name of its pod, by which its Lease names it.</summary>
    public string Name { get; }

    public int AdminPort { get; } = FreePort.Next();

    public ChildProcess Process { get; private set; } = null!;

    /// <summary>Starts it, and waits until its endpoints answer.</summary>
    /// <param name="api">The API server.</param>
    /// <param name="token">Who it is there.</param>
    /// <param name="name">Name of its pod.</param>
    /// <param name="variables">Further ones of its environment, as NAME=value.</param>
    /// <param name="options">Of <c>operator run</c>, beyond those that it needs.</param>
    public static async Task<OperatorProcess> StartAsync(
        Uri api, string token, string name, IEnumerable<string>? variables = null, params IEnumerable<string> options)
    {
        var process = new OperatorProcess(name);
        var config = process._folder.File("kubeconfig");
        await File.WriteAllTextAsync(config, KubeConfig(api, token));
        process.Process = ChildProcess.Start(
            "/usr/bin/env",
            [
                $"KUBECONFIG={config}", $"POD_NAME={name}", "POD_NAMESPACE=default", .. variables ?? [],
                "dotnet", Repository.Operator, "run", "--relay-image", "example/relay:1.0.0", "--admin", $"127.0.0.1:{process.AdminPort}", .. options,
            ]);
        await Eventually.True(
            async () => process.Process.HasExited
                ? throw new InvalidOperationException($"operator run ended: {string.Join('\n', process.Process.Output)}")
                : await process.AnswersAsync("healthz"),
            "operator run answers",
            30);
        return process;
    }

    public Task<bool> IsReadyAsync() => AnswersAsync("readyz");

    public Task<string> MetricsAsync() => Http.GetStringAsync(AddressOf("metrics"));

    public async ValueTask DisposeAsync()
    {
        await Process.DisposeAsync();
        _folder.Dispose();
    }

    private async Task<bool> AnswersAsync(string path)
    {
        try
        {
            using var answer = await Http.GetAsync(AddressOf(path));
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private Uri AddressOf(string path) => new($"http://127.0.0.1:{AdminPort}/{path}");

    // JSON is YAML.
    private static string KubeConfig(Uri api, string token) => JsonSerializer.Serialize(new Dictionary<string, object>(StringComparer.Ordinal)
    {
        ["apiVersion"] = "v1",
        ["kind"] = "Config",
        ["current-context"] = "test",
        ["contexts"] = new[] { new { name = "test", context = new { cluster = "test", user = "test" } } },
        ["clusters"] = new[] { new { name = "test", cluster = new { server = api.ToString().TrimEnd('/') } } },
        ["users"] = new[] { new { name = "test", user = new { token } } },
    });
}
