using k8s.Models;
using RelayOperator.Api;
using RelayOperator.Operator.Gather;

namespace RelayOperator.Operator.Derive;

/// <summary>The metadata that all objects of a pool have in common.</summary>
internal static class PoolMetadata
{
    public static V1ObjectMeta Of(GatheredPool pool, OperatorSettings settings, string? name = null) => new()
    {
        Name = name ?? pool.Pool.Metadata.Name,
        NamespaceProperty = pool.Pool.Metadata.Namespace,
        Labels = PoolLabels.OfObjects(pool, settings),
        OwnerReferences = Owners(pool),
    };

    // A foreground deletion takes owned objects away at once. Spools on volumes have to be emptied first, by pods that
    // need all of these objects: then nothing is owned, and the pool's finalizer removes them.
    private static List<V1OwnerReference>? Owners(GatheredPool pool) => pool.HasClaims
        ? null
        :
        [
            new V1OwnerReference
            {
                ApiVersion = RelayPool.GroupVersion,
                Kind = nameof(RelayPool),
                Name = pool.Pool.Metadata.Name,
                Uid = pool.Pool.Metadata.Uid,
                Controller = true,
                BlockOwnerDeletion = true,
            },
        ];
}
