using System.Text.Json.Nodes;
using k8s;
using RelayOperator.Operator.Cluster;
using RelayOperator.TestKit.Target;
using Xunit;

namespace RelayOperator.Operator.Tests;

/// <summary>
/// A namespace of the test's own, on a stand-in or on a real API server, and the operator's client there, with the rights
/// that the chart gives it, on a line that the test can watch and break.
/// </summary>
public abstract class OperatorFixture : IAsyncLifetime
{
    protected static CancellationToken Cancel => TestContext.Current.CancellationToken;

    protected TestCluster Target { get; private set; } = null!;

    /// <summary>Namespace of the test.</summary>
    protected string Space => Target.Namespace;

    /// <summary>A client that may do everything, on a line of its own.</summary>
    protected ClusterClient Admin { get; private set; } = null!;

    /// <summary>Between the operator and the API server.</summary>
    protected ApiLine Line { get; } = new();

    public virtual async ValueTask InitializeAsync()
    {
        Target = await StartAsync();
        Admin = ClientOn(Target.Admin, static () => { });
    }

    public virtual async ValueTask DisposeAsync()
    {
        await Target.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>What the test runs against.</summary>
    protected virtual Task<TestCluster> StartAsync() => TestCluster.StartAsync();

    /// <summary>A client as the operator, on the test's line.</summary>
    protected async Task<ClusterClient> ClientAsync(Action? mayWrite = null) =>
        ClientOn(await Target.OperatorAsync(everywhere: false, Line.Handler()), mayWrite ?? (static () => { }));

    protected static ClusterClient ClientOn(Kubernetes api, Action mayWrite) => new(api.HttpClient, api.Credentials, mayWrite, TimeProvider.System);

    protected ObjectKey Key(string name) => new(Space, name);

    protected JsonObject Secret(string name, string value) => Secret(name, "key", value);

    protected JsonObject Secret(string name, string key, string value) => new()
    {
        ["apiVersion"] = "v1",
        ["kind"] = "Secret",
        ["metadata"] = new JsonObject { ["name"] = name, ["namespace"] = Space },
        ["stringData"] = new JsonObject { [key] = value },
    };
}
