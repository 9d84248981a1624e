using k8s.Models;
using RelayOperator.Operator.Gather;

namespace RelayOperator.Operator.Derive;

/// <summary>What the relay pods may do: read and watch the one Secret that is theirs.</summary>
internal static class RoleOf
{
    public static V1Role Pool(GatheredPool pool, OperatorSettings settings) => new()
    {
        ApiVersion = "rbac.authorization.k8s.io/v1",
        Kind = "Role",
        Metadata = PoolMetadata.Of(pool, settings),
        Rules =
        [
            new V1PolicyRule
            {
                ApiGroups = [""],
                Resources = ["secrets"],
                ResourceNames = [PoolNames.Config(pool)],
                Verbs = ["get", "list", "watch"],
            },
        ],
    };
}
