using k8s.Models;
using RelayOperator.Operator.Gather;

namespace RelayOperator.Operator.Derive;

/// <summary>What a relay pod has mounted. The root file system is read-only, so each thing that it writes has a place of its own.</summary>
internal static class RelayVolumes
{
    public const string Config = "config";
    public const string Temp = "temp";
    public const string Socket = "socket";

    public const string ConfigPath = "/etc/relay";
    public const string TempPath = "/tmp";
    public const string SocketPath = "/run/relay";

    /// <summary>Where the relay serves its queue tools.</summary>
    public const string SocketFile = $"{SocketPath}/relay.sock";
    public const string SpoolPath = "/var/spool/relay";

    // The runtime's own temporary files, beside those of messages.
    private const long TempReserve = 64 * 1024 * 1024;

    public static IEnumerable<V1Volume> Of(GatheredPool pool) =>
    [
        new V1Volume
        {
            Name = Config,
            Secret = new V1SecretVolumeSource { SecretName = PoolNames.Config(pool), DefaultMode = 0b100_100_000 },
        },
        new V1Volume
        {
            Name = Temp,
            EmptyDir = new V1EmptyDirVolumeSource { SizeLimit = new ResourceQuantity($"{pool.Pool.Spec.Limits.TempBytes + TempReserve}") },
        },
        new V1Volume { Name = Socket, EmptyDir = new V1EmptyDirVolumeSource { SizeLimit = new ResourceQuantity("1Mi") } },
    ];

    public static IEnumerable<V1VolumeMount> Mounts(GatheredPool pool)
    {
        // As a folder, not by subPath: only a folder follows a change of the Secret.
        yield return new V1VolumeMount { Name = Config, MountPath = ConfigPath, ReadOnlyProperty = true };
        yield return new V1VolumeMount { Name = Temp, MountPath = TempPath };
        yield return new V1VolumeMount { Name = Socket, MountPath = SocketPath };
        if (pool.HasClaims)
        {
            yield return new V1VolumeMount { Name = PoolNames.Claim, MountPath = SpoolPath };
        }
    }
}
