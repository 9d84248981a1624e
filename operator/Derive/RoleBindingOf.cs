using k8s.Models;
using RelayOperator.Operator.Gather;

namespace RelayOperator.Operator.Derive;

/// <summary>Gives the relay pods their Role.</summary>
internal static class RoleBindingOf
{
    public static V1RoleBinding Pool(GatheredPool pool, OperatorSettings settings) => new()
    {
        ApiVersion = "rbac.authorization.k8s.io/v1",
        Kind = "RoleBinding",
        Metadata = PoolMetadata.Of(pool, settings),
        RoleRef = new V1RoleRef { ApiGroup = "rbac.authorization.k8s.io", Kind = "Role", Name = pool.Pool.Metadata.Name },
        Subjects =
        [
            new Rbacv1Subject
            {
                Kind = "ServiceAccount", Name = pool.Pool.Metadata.Name, NamespaceProperty = pool.Pool.Metadata.Namespace,
            },
        ],
    };
}
