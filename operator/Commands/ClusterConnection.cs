using k8s;
using k8s.Authentication;
using RelayOperator.Operator.Cluster;

namespace RelayOperator.Operator.Commands;

/// <summary>The API server of the cluster that the program runs in, or of the user's kubeconfig.</summary>
internal sealed class ClusterConnection : IDisposable
{
    private readonly Kubernetes _kubernetes;
    private readonly ServiceClientCredentials? _credentials;

    public ClusterConnection()
    {
        var configuration = KubernetesClientConfiguration.BuildDefaultConfig();
        _kubernetes = new Kubernetes(configuration);
        _kubernetes.HttpClient.BaseAddress ??= new Uri(configuration.Host);
        _kubernetes.HttpClient.Timeout = Timeout.InfiniteTimeSpan;
        _credentials = _kubernetes.Credentials;
    }

    public ClusterClient Client(Action mayWrite) => new(_kubernetes.HttpClient, _credentials, mayWrite, TimeProvider.System);

    public void Dispose() => _kubernetes.Dispose();
}
