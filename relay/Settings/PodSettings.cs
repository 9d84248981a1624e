using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using RelayOperator.Api.Config;
using RelayOperator.Relay.Tools;

namespace RelayOperator.Relay.Settings;

/// <summary>What a relay in a pod is told by its environment, which the operator sets.</summary>
public sealed record PodSettings
{
    /// <summary>Name of the Secret that holds pool.json.</summary>
    public required string PoolSecret { get; init; }

    public required string PodName { get; init; }

    public required string PodNamespace { get; init; }

    public required string PodUid { get; init; }

    /// <summary>Name of the node, by which the zone is looked up; empty where unknown.</summary>
    public required string NodeName { get; init; }

    /// <summary>Folder that the Secret is mounted at.</summary>
    public required string ConfigFolder { get; init; }

    public required IPAddress Bind { get; init; }

    public required IPEndPoint Admin { get; init; }

    /// <summary>Where mail of pods that leave is taken.</summary>
    public required IPEndPoint HandOver { get; init; }

    public required string TempFolder { get; init; }

    /// <summary>Folder that the pod's volume is mounted at; looked at only where the pool has a spool.</summary>
    public required string SpoolFolder { get; init; }

    /// <summary>Where the queue tools are served, where the pool has a spool.</summary>
    public required string ToolSocket { get; init; }

    /// <summary>Where message tracking goes: a folder, "-" for standard output, "" for nowhere.</summary>
    public required string Tracking { get; init; }

    public required Uri Api { get; init; }

    /// <summary>Folder of the service account's token and of the API server's authority.</summary>
    public required string ServiceAccountFolder { get; init; }

    /// <summary>Reads all of it; null, and every fault, where something is missing or wrong.</summary>
    /// <param name="variable">The value of an environment variable; null where it is not set.</param>
    /// <param name="faults">What is wrong, one line each.</param>
    public static PodSettings? Read(Func<string, string?> variable, out ImmutableArray<string> faults)
    {
        var found = ImmutableArray.CreateBuilder<string>();
        var settings = new PodSettings
        {
            PoolSecret = Needed("RELAY_POOL_SECRET"),
            PodName = Needed("POD_NAME"),
            PodNamespace = Needed("POD_NAMESPACE"),
            PodUid = Needed("POD_UID"),
            NodeName = Text("NODE_NAME", ""),
            ConfigFolder = Text("RELAY_CONFIG_DIR", "/etc/relay"),
            Bind = IPAddress.TryParse(Text("RELAY_BIND", $"{AnyAddress}"), out var bind) ? bind : Wrong("RELAY_BIND", "an IP address such as 0.0.0.0 or ::", AnyAddress),
            Admin = IPEndPoint.TryParse(Text("RELAY_ADMIN", $"{new IPEndPoint(AnyAddress, 9025)}"), out var admin)
                ? admin
                : Wrong("RELAY_ADMIN", "an address and port such as [::]:9025", new IPEndPoint(AnyAddress, 9025)),
            HandOver = IPEndPoint.TryParse(Text("RELAY_HAND_OVER", $"{new IPEndPoint(AnyAddress, HandOverConfig.Port)}"), out var handOver)
                ? handOver
                : Wrong("RELAY_HAND_OVER", $"an address and port such as [::]:{HandOverConfig.Port}", new IPEndPoint(AnyAddress, HandOverConfig.Port)),
            TempFolder = Text("RELAY_TEMP", Path.GetTempPath()),
            Tracking = Text("RELAY_TRACK", ""),
            SpoolFolder = Text("RELAY_SPOOL", "/var/spool/relay"),
            ToolSocket = Text(SocketPath.Variable, SocketPath.Default),
            Api = Address(),
            ServiceAccountFolder = Text("RELAY_SERVICE_ACCOUNT_DIR", "/var/run/secrets/kubernetes.io/serviceaccount"),
        };
        faults = found.ToImmutable();
        return faults.IsEmpty ? settings : null;

        string Text(string name, string fallback) => variable(name) is { Length: > 0 } value ? value : fallback;

        string Needed(string name)
        {
            if (string.IsNullOrEmpty(variable(name)))
            {
                found.Add($"{name} is not set");
            }

            return variable(name) ?? "";
        }

        T Wrong<T>(string name, string allowed, T fallback)
        {
            found.Add($"{name}: found '{variable(name)}'; allowed: {allowed}");
            return fallback;
        }

        Uri Address()
        {
            var host = Text("KUBERNETES_SERVICE_HOST", "kubernetes.default.svc");
            var inBrackets = host.Contains(':', StringComparison.Ordinal) ? $"[{host}]" : host;
            var given = Text("RELAY_API", $"https://{inBrackets}:{Text("KUBERNETES_SERVICE_PORT", "443")}");
            return Uri.TryCreate(given, UriKind.Absolute, out var api) && api.Scheme is "https" or "http"
                ? api
                : Wrong("RELAY_API", "an address such as https://10.96.0.1:443", new Uri("https://kubernetes.default.svc"));
        }
    }

    // One socket takes both families, where the system has both.
    private static IPAddress AnyAddress => Socket.OSSupportsIPv6 ? IPAddress.IPv6Any : IPAddress.Any;
}
