using System.Text.Json.Nodes;
using k8s.Authentication;
using RelayOperator.Operator.Cluster;
using RelayOperator.TestKit.Cluster;
using Xunit;

namespace RelayOperator.Operator.Tests;

/// <summary>An API server of the test's own, and the operator's client.</summary>
public abstract class OperatorFixture : IAsyncLifetime
{
    protected const string Space = "mail";

    private readonly List<HttpClient> _connections = [];

    protected ApiServer Server { get; private set; } = null!;

    public virtual async ValueTask InitializeAsync()
    {
        Server = await ApiServer.StartAsync();
        Server.CreateNamespace(Space);
    }

    public virtual async ValueTask DisposeAsync()
    {
        _connections.ForEach(http => http.Dispose());
        await Server.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>A client as an administrator, on connections of its own.</summary>
    protected ClusterClient ClientOf(Action? mayWrite = null)
    {
        var http = new HttpClient { BaseAddress = Server.Address, Timeout = Timeout.InfiniteTimeSpan };
        _connections.Add(http);
        return new ClusterClient(http, new TokenCredentials(Server.AdminToken), mayWrite ?? (static () => { }), TimeProvider.System);
    }

    protected static JsonObject Secret(string name, string value) => new()
    {
        ["apiVersion"] = "v1",
        ["kind"] = "Secret",
        ["metadata"] = new JsonObject { ["name"] = name, ["namespace"] = Space },
        ["stringData"] = new JsonObject { ["key"] = value },
    };

    private sealed class TokenCredentials(string token) : ServiceClientCredentials
    {
        public override Task ProcessHttpRequestAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            request.Headers.Authorization = new("Bearer", token);
            return Task.CompletedTask;
        }
    }
}
