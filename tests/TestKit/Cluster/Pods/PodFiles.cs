using System.Text.Json.Nodes;
using RelayOperator.TestKit.Cluster.Access;
using RelayOperator.TestKit.Cluster.Kinds;

namespace RelayOperator.TestKit.Cluster.Pods;

/// <summary>
/// What the container of a pod has mounted. As it shares its root with this machine, each mount stands under a folder of
/// the pod's, and what the container is told of paths leads there.
/// </summary>
internal sealed class PodFiles : IDisposable
{
    private const string AccountPath = "/var/run/secrets/kubernetes.io/serviceaccount";

    private readonly TempFolder _folder = new();
    private readonly Dictionary<string, string> _mounts = new(StringComparer.Ordinal);
    private readonly List<(string Secret, MountedSecret Copy)> _secrets = [];
    private readonly ClusterState _cluster;
    private readonly JsonObject _pod;
    private readonly string _token;

    /// <param name="cluster">Where the pod's volumes come from: see <see cref="CanMount"/>.</param>
    /// <param name="pod">As it is stored.</param>
    /// <param name="claims">The folders of claims.</param>
    public PodFiles(ClusterState cluster, JsonObject pod, ClaimFolders claims)
    {
        (_cluster, _pod) = (cluster, pod);
        var volumes = pod.At("spec", "volumes").Items().ToDictionary(volume => volume["name"].Text()!, volume => Mount(volume, claims), StringComparer.Ordinal);
        foreach (var mount in pod.At("spec", "containers").Items().Single()["volumeMounts"].Items())
        {
            _mounts[mount["mountPath"].Text()!] = volumes[mount["name"].Text()!];
        }
        _token = cluster.Tokens.Issue(ClusterUser.ServiceAccount(pod.Namespace(), pod.At("spec", "serviceAccountName").Text() ?? "default"));
        _mounts[AccountPath] = Directory.CreateDirectory(_folder.File("..account")).FullName;
        File.WriteAllText(Path.Combine(ServiceAccount, "token"), _token);
        File.WriteAllText(Path.Combine(ServiceAccount, "namespace"), pod.Namespace());
        Refresh();
    }

    public string ServiceAccount => _mounts[AccountPath];

    /// <summary>Whether all that the pod mounts is there; a kubelet waits for it.</summary>
    public static bool CanMount(ClusterState cluster, JsonObject pod) => pod.At("spec", "volumes").Items().All(volume =>
        (volume.At("secret", "secretName").Text() is not { } secret || cluster.Get(BuiltInKinds.Secret, pod.Namespace(), secret) is not null)
        && (ClaimOf(volume) is not { } claim || cluster.Get(BuiltInKinds.Claim, pod.Namespace(), claim).At("status", "phase").Text() == "Bound"));

    /// <summary>Where a path of the container is on this machine.</summary>
    public string PathOf(string path)
    {
        foreach (var (mount, folder) in _mounts)
        {
            if (path == mount || path.StartsWith(mount + "/", StringComparison.Ordinal))
            {
                return folder + path[mount.Length..];
            }
        }
        return path;
    }

    /// <summary>Brings the Secrets' copies up to date; of one that is gone the last copy stays.</summary>
    public void Refresh()
    {
        foreach (var (name, copy) in _secrets)
        {
            if (_cluster.Get(BuiltInKinds.Secret, _pod.Namespace(), name) is { } secret)
            {
                copy.Write(secret);
            }
        }
    }

    public void Dispose()
    {
        _cluster.Tokens.Revoke(_token);
        _folder.Dispose();
    }

    private string Mount(JsonObject volume, ClaimFolders claims)
    {
        if (ClaimOf(volume) is { } claim)
        {
            return claims.Of(_cluster.Get(BuiltInKinds.Claim, _pod.Namespace(), claim)!);
        }
        var folder = Directory.CreateDirectory(_folder.File(volume["name"].Text()!)).FullName;
        if (volume.At("secret", "secretName").Text() is { } secret)
        {
            _secrets.Add((secret, new MountedSecret(folder)));
        }
        return folder;
    }

    private static string? ClaimOf(JsonObject volume) => volume.At("persistentVolumeClaim", "claimName").Text();
}
