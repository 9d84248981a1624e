using System.Net;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using RelayOperator.TestKit.Cluster.Access;
using RelayOperator.TestKit.Cluster.Controllers;
using RelayOperator.TestKit.Cluster.Faults;
using RelayOperator.TestKit.Cluster.Http;
using RelayOperator.TestKit.Cluster.Kinds;
using RelayOperator.TestKit.Cluster.Writing;
using RelayOperator.TestKit.Schema;

namespace RelayOperator.TestKit.Cluster;

/// <summary>
/// A Kubernetes API server in memory, on 127.0.0.1 by plain HTTP: faithful where an operator can be bitten, absent where it
/// cannot. It begins with the namespaces default and kube-system, two nodes in two zones, and all its
/// controllers at work; pods are pretended unless <see cref="Pods.NodeAgent.Runner"/> says otherwise.
/// </summary>
public sealed class ApiServer : IAsyncDisposable
{
    private readonly RequestHandler _handler;
    private WebApplication? _app;

    private ApiServer(TimeProvider time)
    {
        Cluster = new ClusterState(time);
        Controllers = new ClusterControllers(Cluster);
        AdminToken = Cluster.Tokens.Issue(ClusterUser.Admin);
        _handler = new RequestHandler(Cluster, Faults, Log, () => BookmarkEvery);
    }

    /// <summary>Objects, kinds and access behind the API.</summary>
    public ClusterState Cluster { get; }

    public ClusterControllers Controllers { get; }

    public FaultPlan Faults { get; } = new();

    public RequestLog Log { get; } = new();

    /// <summary>Where it listens; the same after it was down.</summary>
    public Uri Address { get; private set; } = new("http://127.0.0.1:0");

    /// <summary>A bearer token that may do everything.</summary>
    public string AdminToken { get; }

    /// <summary>How often a watch that allows bookmarks gets one.</summary>
    public TimeSpan BookmarkEvery { get; set; } = TimeSpan.FromMinutes(1);

    public static async Task<ApiServer> StartAsync(TimeProvider? time = null)
    {
        var server = new ApiServer(time ?? TimeProvider.System);
        foreach (var name in new[] { "default", "kube-system" })
        {
            server.CreateNamespace(name);
        }
        server.CreateNode("node-1", "zone-a");
        server.CreateNode("node-2", "zone-b");
        await server.UpAsync();
        return server;
    }

    /// <summary>A node that pods may be scheduled to.</summary>
    public void CreateNode(string name, string zone) => Cluster.Create(BuiltInKinds.Node, new JsonObject
    {
        ["metadata"] = new JsonObject { ["name"] = name, ["labels"] = new JsonObject { ["kubernetes.io/hostname"] = name, ["kubernetes.io/os"] = "linux", ["topology.kubernetes.io/zone"] = zone } },
    });

    public void CreateNamespace(string name) =>
        Cluster.Create(BuiltInKinds.Namespace, new JsonObject { ["metadata"] = new JsonObject { ["name"] = name } });

    /// <summary>A bearer token of a ServiceAccount, which may do what roles and bindings in the store allow it.</summary>
    public string TokenOf(string space, string serviceAccount) => Cluster.Tokens.Issue(ClusterUser.ServiceAccount(space, serviceAccount));

    /// <summary>A bearer token of somebody who may do everything, under a name of their own in <see cref="Log"/>.</summary>
    public string TokenOfAdmin(string name) => Cluster.Tokens.Issue(ClusterUser.Admin with { Name = name });

    /// <summary>Applies manifests as an administrator would, and waits until what they define is served.</summary>
    /// <param name="yaml">Documents parted by ---.</param>
    /// <param name="space">For objects that name no namespace.</param>
    public async Task InstallAsync(string yaml, string space = "default")
    {
        foreach (var document in YamlText.Documents(yaml).OfType<JsonObject>())
        {
            await InstallAsync(document, space);
        }
    }

    /// <summary>Applies one manifest as an administrator would, and waits until what it defines is served.</summary>
    public async Task InstallAsync(JsonObject manifest, string space = "default")
    {
        var (apiVersion, name) = (manifest["apiVersion"].Text() ?? "", manifest["kind"].Text() ?? "");
        var kind = Cluster.Kinds.FindKind(apiVersion, name) ?? throw new ArgumentException($"No kind {name} in {apiVersion} is served.", nameof(manifest));
        var home = kind.Namespaced ? manifest.At("metadata", "namespace").Text() ?? space : "";
        var written = Cluster.Writer.Apply(kind, home, manifest.Name(), manifest, new WriteOptions(ClusterUser.Admin, "kubectl") { Force = true });
        if (kind == BuiltInKinds.CustomResourceDefinition)
        {
            var defined = CustomKind.Of(written.Stored.Json);
            await Eventually.True(
                () => Cluster.Kinds.Find(defined.Group, defined.Version, defined.Plural)?.Schema.Same(defined.Schema) == true, $"{manifest.Name()} is served");
        }
    }

    /// <summary>Installs the chart's definitions, and waits until they are served.</summary>
    public async Task InstallDefinitionsAsync()
    {
        foreach (var file in Directory.GetFiles(Path.Combine(Repository.Root, "charts", "relay-operator", "templates", "crds")))
        {
            await InstallAsync(CustomResource.Load(file).Definition);
        }
    }

    /// <summary>Refuses connections and cuts those that are open; what is kept is kept.</summary>
    public async Task DownAsync()
    {
        if (_app is not { } app)
        {
            return;
        }
        _app = null;
        // No patience with open watches: this is a crash.
        await app.StopAsync(new CancellationToken(canceled: true));
        await app.DisposeAsync();
    }

    /// <summary>Serves again, on the same port.</summary>
    public async Task UpAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton<ILoggerFactory>(NullLoggerFactory.Instance);
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, Address.Port);
            kestrel.AddServerHeader = false;
        });
        var app = builder.Build();
        app.Run(_handler.HandleAsync);
        await app.StartAsync();
        Address = new Uri(app.Urls.First());
        _app = app;
    }

    public async ValueTask DisposeAsync()
    {
        await DownAsync();
        await Controllers.DisposeAsync();
    }

    /// <summary>Signals are the test's business.</summary>
    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
