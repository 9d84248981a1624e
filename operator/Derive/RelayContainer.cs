using k8s.Models;
using RelayOperator.Operator.Gather;

namespace RelayOperator.Operator.Derive;

/// <summary>The one container of a relay pod.</summary>
internal static class RelayContainer
{
    public const string Name = "relay";

    private static readonly ResourceQuantity Cpu = new("100m");
    private static readonly ResourceQuantity Memory = new("256Mi");

    public static V1Container Pool(GatheredPool pool, OperatorSettings settings)
    {
        var template = pool.Pool.Spec.Template;
        return new V1Container
        {
            Name = Name,
            Image = template.Image.Length > 0 ? template.Image : settings.RelayImage,
            Args = ["run"],
            Env = [.. Environment(pool)],
            Ports = [.. Ports(pool)],
            // Neither asks about hubs: a pod without hubs still serves, by its spool or by saying 451.
            StartupProbe = Probe("/healthz", period: 2, failures: 60),
            LivenessProbe = Probe("/healthz", period: 10, failures: 3),
            ReadinessProbe = Probe("/readyz", period: 5, failures: 2),
            Resources = Resources(pool),
            SecurityContext = new V1SecurityContext
            {
                AllowPrivilegeEscalation = false,
                ReadOnlyRootFilesystem = true,
                Capabilities = new V1Capabilities { Drop = ["ALL"] },
            },
            TerminationMessagePolicy = "FallbackToLogsOnError",
            VolumeMounts = [.. RelayVolumes.Mounts(pool)],
        };
    }

    // Ours cannot be replaced: the relay knows by them who it is.
    private static IEnumerable<V1EnvVar> Environment(GatheredPool pool)
    {
        V1EnvVar[] own =
        [
            FromField("POD_NAME", "metadata.name"),
            FromField("POD_NAMESPACE", "metadata.namespace"),
            FromField("POD_UID", "metadata.uid"),
            FromField("NODE_NAME", "spec.nodeName"),
            new() { Name = "RELAY_POOL_SECRET", Value = PoolNames.Config(pool) },
            new() { Name = "RELAY_CONFIG_DIR", Value = RelayVolumes.ConfigPath },
            new() { Name = "RELAY_SOCKET", Value = RelayVolumes.SocketFile },
        ];
        return own.Concat(KubernetesParts.Read<V1EnvVar>(pool.Pool.Spec.Template.Env).Where(variable => own.All(ours => ours.Name != variable.Name)));
    }

    private static V1EnvVar FromField(string name, string path) =>
        new() { Name = name, ValueFrom = new V1EnvVarSource { FieldRef = new V1ObjectFieldSelector { FieldPath = path } } };

    // A pool may name a listener as one of our own ports; two ports of one container cannot share a name, and none needs one.
    private static IEnumerable<V1ContainerPort> Ports(GatheredPool pool)
    {
        foreach (var listener in pool.Pool.Spec.Listeners)
        {
            var name = listener.Name is PoolPorts.AdminName or PoolPorts.HandOverName || !IsServiceName(listener.Name) ? null : listener.Name;
            yield return new V1ContainerPort { Name = name, ContainerPort = listener.EffectiveContainerPort(), Protocol = "TCP" };
        }

        yield return new V1ContainerPort { Name = PoolPorts.AdminName, ContainerPort = PoolPorts.Admin, Protocol = "TCP" };
        if (pool.HasClaims)
        {
            yield return new V1ContainerPort { Name = PoolPorts.HandOverName, ContainerPort = PoolPorts.HandOver, Protocol = "TCP" };
        }
    }

    // RFC 6335 §5.1: a letter is needed, and no two hyphens may follow each other; a listener's name is free of both rules.
    private static bool IsServiceName(string name) =>
        name.Any(char.IsAsciiLetter) && !name.Contains("--", StringComparison.Ordinal);

    private static V1Probe Probe(string path, int period, int failures) => new()
    {
        HttpGet = new V1HTTPGetAction { Path = path, Port = PoolPorts.AdminName },
        PeriodSeconds = period,
        TimeoutSeconds = 5,
        FailureThreshold = failures,
    };

    // Without a CPU request an autoscaler has nothing to measure use against.
    private static V1ResourceRequirements Resources(GatheredPool pool)
    {
        var resources = KubernetesParts.Read<V1ResourceRequirements>(pool.Pool.Spec.Template.Resources);
        if (resources is null)
        {
            return new V1ResourceRequirements
            {
                Requests = new Dictionary<string, ResourceQuantity>(StringComparer.Ordinal) { ["cpu"] = Cpu, ["memory"] = Memory },
            };
        }

        resources.Requests ??= new Dictionary<string, ResourceQuantity>(StringComparer.Ordinal);
        // A limit without a request is taken as the request, too.
        if (!resources.Requests.ContainsKey("cpu") && resources.Limits?.ContainsKey("cpu") != true)
        {
            resources.Requests["cpu"] = Cpu;
        }

        return resources;
    }
}
