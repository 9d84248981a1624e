using RelayOperator.Relay.Settings;

namespace RelayOperator.Relay.Tests.Settings;

/// <summary>The environment that an operator gives to a pod.</summary>
internal static class PodEnvironment
{
    public static Dictionary<string, string?> Smallest => new(StringComparer.Ordinal)
    {
        ["RELAY_POOL_SECRET"] = "corp-config",
        ["POD_NAME"] = "corp-0",
        ["POD_NAMESPACE"] = "mail",
        ["POD_UID"] = "pod-uid",
        ["NODE_NAME"] = "node-1",
    };

    public static PodSettings Settings() => PodSettings.Read(name => Smallest.GetValueOrDefault(name), out _)!;
}
