using k8s.Models;
using RelayOperator.Operator.Gather;

namespace RelayOperator.Operator.Derive;

/// <summary>Who the relay pods are to the API server.</summary>
internal static class ServiceAccountOf
{
    public static V1ServiceAccount Pool(GatheredPool pool, OperatorSettings settings) => new()
    {
        ApiVersion = "v1",
        Kind = "ServiceAccount",
        Metadata = PoolMetadata.Of(pool, settings),
        // The pod template asks for the token itself, so that nothing else run under this account gets one unasked.
        AutomountServiceAccountToken = false,
    };
}
