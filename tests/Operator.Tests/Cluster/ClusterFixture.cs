using System.Text.Json;
using System.Text.Json.Nodes;
using k8s;
using k8s.Autorest;
using k8s.Models;
using RelayOperator.TestKit.Cluster;
using Xunit;

namespace RelayOperator.Operator.Tests.Cluster;

/// <summary>An API server of the test's own, with a namespace to work in and the real client.</summary>
public abstract class ClusterFixture : IAsyncLifetime
{
    protected const string Space = "mail";

    private readonly List<IDisposable> _clients = [];

    protected ApiServer Server { get; private set; } = null!;

    protected Kubernetes Client { get; private set; } = null!;

    protected HttpClient Http { get; private set; } = null!;

    public virtual async ValueTask InitializeAsync()
    {
        Server = await ApiServer.StartAsync();
        Server.CreateNamespace(Space);
        Client = ClientOf(Server.AdminToken);
        Http = new HttpClient { BaseAddress = Server.Address };
        Http.DefaultRequestHeaders.Authorization = new("Bearer", Server.AdminToken);
    }

    public virtual async ValueTask DisposeAsync()
    {
        _clients.ForEach(client => client.Dispose());
        Http.Dispose();
        await Server.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    protected Kubernetes ClientOf(string token, string agent = "test/1.0")
    {
        var client = new Kubernetes(new KubernetesClientConfiguration { Host = Server.Address.ToString().TrimEnd('/'), AccessToken = token, UserAgent = agent });
        _clients.Add(client);
        return client;
    }

    protected static V1ConfigMap Map(string name, params (string Key, string Value)[] data) => new()
    {
        ApiVersion = "v1",
        Kind = "ConfigMap",
        Metadata = new() { Name = name, NamespaceProperty = Space },
        Data = data.ToDictionary(entry => entry.Key, entry => entry.Value),
    };

    protected Task<V1ConfigMap> CreateMapAsync(string name, params (string Key, string Value)[] data) =>
        Client.CoreV1.CreateNamespacedConfigMapAsync(Map(name, data), Space);

    /// <summary>The refusal that an action meets: its HTTP status and the Status object.</summary>
    protected static async Task<(int Code, V1Status Status)> RefusedAsync(Func<Task> action)
    {
        var error = await Assert.ThrowsAnyAsync<HttpOperationException>(action);
        return ((int)error.Response.StatusCode, KubernetesJson.Deserialize<V1Status>(error.Response.Content));
    }

    /// <summary>A server-side apply of JSON; the answer as JSON.</summary>
    protected async Task<(int Code, JsonObject Body)> ApplyAsync(string path, string manager, string json, bool force = false)
    {
        using var request = new HttpRequestMessage(HttpMethod.Patch, new Uri($"{path}?fieldManager={manager}&force={(force ? "true" : "false")}", UriKind.Relative))
        {
            Content = new StringContent(json, System.Text.Encoding.UTF8, "application/apply-patch+yaml"),
        };
        return await SendAsync(request);
    }

    protected async Task<(int Code, JsonObject Body)> SendAsync(HttpMethod method, string path, string? json = null, string type = "application/json")
    {
        using var request = new HttpRequestMessage(method, new Uri(path, UriKind.Relative))
        {
            Content = json is null ? null : new StringContent(json, System.Text.Encoding.UTF8, type),
        };
        return await SendAsync(request);
    }

    protected async Task<JsonObject> GetAsync(string path) => (await SendAsync(HttpMethod.Get, path)).Body;

    private async Task<(int Code, JsonObject Body)> SendAsync(HttpRequestMessage request)
    {
        using var answer = await Http.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        return ((int)answer.StatusCode, JsonSerializer.Deserialize<JsonObject>(text)!);
    }
}
