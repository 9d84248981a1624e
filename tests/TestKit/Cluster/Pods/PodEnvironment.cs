using System.Net;
using System.Text.Json.Nodes;

namespace RelayOperator.TestKit.Cluster.Pods;

/// <summary>The environment of a pod's container: what its spec says, what a kubelet adds, and where things are on this machine.</summary>
internal static class PodEnvironment
{
    public static Dictionary<string, string> Of(JsonObject pod, JsonObject container, PodFiles files, IPEndPoint admin, Uri api)
    {
        var environment = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["HOSTNAME"] = pod.At("spec", "hostname").Text() ?? pod.Name(),
            ["KUBERNETES_SERVICE_HOST"] = api.Host,
            ["KUBERNETES_SERVICE_PORT"] = $"{api.Port}",
        };
        foreach (var variable in container["env"].Items())
        {
            environment[variable["name"].Text()!] = variable.At("valueFrom", "fieldRef", "fieldPath").Text() is { } path
                ? Field(pod, path, admin.Address)
                : files.PathOf(variable["value"].Text() ?? "");
        }
        environment["RELAY_BIND"] = $"{admin.Address}";
        environment["RELAY_ADMIN"] = $"{admin}";
        environment["RELAY_HAND_OVER"] = $"{new IPEndPoint(admin.Address, 9026)}";
        environment["RELAY_API"] = api.ToString();
        environment["RELAY_SERVICE_ACCOUNT_DIR"] = files.ServiceAccount;
        environment["RELAY_TEMP"] = files.PathOf("/tmp");
        environment["RELAY_SPOOL"] = files.PathOf("/var/spool/relay");
        return environment;
    }

    private static string Field(JsonObject pod, string path, IPAddress address) =>
        path == "status.podIP" ? $"{address}" : pod.At(path.Split('.')).Text() ?? throw new NotSupportedException($"fieldRef {path}");
}
