using k8s;
using k8s.Models;
using RelayOperator.TestKit.Cluster;

namespace RelayOperator.TestKit.Target;

/// <summary>
/// What a test of the operator runs against: the API server that RELAY_TEST_KUBECONFIG names, or a stand-in of the test's
/// own; with a namespace of the test's own, and the operator as the ServiceAccount that the chart makes there, with the
/// rights that the chart gives it.
/// </summary>
public sealed class TestCluster : IAsyncDisposable
{
    internal const string Other = "-other";

    // Of one server for all tests of this process.
    private static Task? s_defined;
    private static readonly Lock s_lock = new();

    private readonly List<Kubernetes> _clients = [];
    private readonly KubernetesClientConfiguration _asAdmin;
    private readonly ChartInstaller _chart;
    private readonly List<string> _namespaces = [];
    private Task? _defined;

    private TestCluster(KubernetesClientConfiguration asAdmin, ApiServer? standIn)
    {
        (_asAdmin, StandIn) = (asAdmin, standIn);
        Admin = Connect(asAdmin);
        _chart = new ChartInstaller(Admin);
    }

    /// <summary>Where the test's objects are.</summary>
    public string Namespace { get; } = $"relay-test-{Guid.NewGuid().ToString("N")[..10]}";

    /// <summary>Another namespace for the test, once it is created.</summary>
    public string OtherNamespace => Namespace + Other;

    /// <summary>Those that are created, which are those that the operator may serve.</summary>
    public IReadOnlyList<string> Namespaces => _namespaces;

    /// <summary>The stand-in; null where the server is that of the environment.</summary>
    public ApiServer? StandIn { get; }

    /// <summary>May do everything.</summary>
    public Kubernetes Admin { get; }

    /// <summary>The server of the environment, or else a stand-in.</summary>
    public static async Task<TestCluster> StartAsync()
    {
        if (Environment.GetEnvironmentVariable("RELAY_TEST_KUBECONFIG") is { Length: > 0 } file)
        {
            return await StartAsync(await KubernetesClientConfiguration.BuildConfigFromConfigFileAsync(new FileInfo(file)), null);
        }

        return await StandInAsync();
    }

    /// <summary>A stand-in, whatever the environment says: for what no test may do to a cluster that others use.</summary>
    public static async Task<TestCluster> StandInAsync()
    {
        var server = await ApiServer.StartAsync();
        return await StartAsync(new KubernetesClientConfiguration { Host = server.Address.ToString().TrimEnd('/'), AccessToken = server.AdminToken }, server);
    }

    /// <summary>Creates <see cref="OtherNamespace"/>. Before the operator gets its rights.</summary>
    public Task CreateOtherAsync() => CreateAsync(OtherNamespace);

    /// <summary>Installs the definitions of the two resources, and waits until they are served.</summary>
    public Task DefineAsync()
    {
        lock (s_lock)
        {
            return StandIn is null ? s_defined ??= _chart.DefineAsync() : _defined ??= _chart.DefineAsync();
        }
    }

    /// <summary>A client with the operator's rights.</summary>
    /// <param name="everywhere">Whether it serves all namespaces instead of the test's; on a stand-in only.</param>
    /// <param name="handlers">What stands between it and the server.</param>
    public async Task<Kubernetes> OperatorAsync(bool everywhere, params DelegatingHandler[] handlers)
    {
        if (everywhere && StandIn is null)
        {
            throw new InvalidOperationException("An operator of a test does not serve the namespaces of a cluster that others use.");
        }

        var account = await _chart.GrantAsync(Namespace, Namespaces, everywhere);
        var request = new Authenticationv1TokenRequest { Spec = new() { Audiences = [] } };
        var token = await Admin.CoreV1.CreateNamespacedServiceAccountTokenAsync(request, account, Namespace);
        var asOperator = new KubernetesClientConfiguration
        {
            Host = _asAdmin.Host,
            SslCaCerts = _asAdmin.SslCaCerts,
            SkipTlsVerify = _asAdmin.SkipTlsVerify,
            TlsServerName = _asAdmin.TlsServerName,
            AccessToken = token.Status.Token,
        };
        var probe = Connect(asOperator);
        var question = new V1SelfSubjectAccessReview
        {
            Spec = new() { ResourceAttributes = new() { Group = ChartInstaller.Group, Resource = "relaypools", Verb = "list", NamespaceProperty = Namespace } },
        };
        await Eventually.True(
            async () => (await probe.AuthorizationV1.CreateSelfSubjectAccessReviewAsync(question)).Status.Allowed, "the operator's rights are in force");
        return Connect(asOperator, handlers);
    }

    public async ValueTask DisposeAsync()
    {
        if (StandIn is null)
        {
            await LeftBehind.LeaveAsync(_asAdmin, _namespaces);
        }

        _clients.ForEach(client => client.Dispose());
        if (StandIn is not null)
        {
            await StandIn.DisposeAsync();
        }
    }

    private static async Task<TestCluster> StartAsync(KubernetesClientConfiguration asAdmin, ApiServer? standIn)
    {
        var cluster = new TestCluster(asAdmin, standIn);
        await cluster.CreateAsync(cluster.Namespace);
        return cluster;
    }

    private async Task CreateAsync(string ns)
    {
        await Admin.CoreV1.CreateNamespaceAsync(new V1Namespace { Metadata = new() { Name = ns } });
        _namespaces.Add(ns);
    }

    private Kubernetes Connect(KubernetesClientConfiguration configuration, params DelegatingHandler[] handlers)
    {
        var client = new Kubernetes(configuration, handlers);
        client.HttpClient.BaseAddress ??= new Uri(configuration.Host);
        client.HttpClient.Timeout = Timeout.InfiniteTimeSpan;
        _clients.Add(client);
        return client;
    }
}
