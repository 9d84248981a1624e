using RelayOperator.Api.Config;

namespace RelayOperator.Operator.Derive;

/// <summary>Ports of a relay pod beside its listeners.</summary>
public static class PoolPorts
{
    /// <summary>Health, metrics and status.</summary>
    public const int Admin = 9025;

    /// <summary>Where a pod takes the spool of one that leaves.</summary>
    public const int HandOver = HandOverConfig.Port;

    public const string AdminName = "admin";

    public const string HandOverName = "hand-over";
}
