using System.Collections.Immutable;
using System.Text.Json;
using k8s;

namespace RelayOperator.Operator.Derive;

/// <summary>Reads the parts of a pool that are Kubernetes' own structures and were carried as they stand.</summary>
internal static class KubernetesParts
{
    /// <summary>One structure; null where it is empty.</summary>
    public static T? Read<T>(JsonElement part)
        where T : class =>
        part.ValueKind == JsonValueKind.Object && part.EnumerateObject().Any() ? KubernetesJson.Deserialize<T>(part) : null;

    public static IEnumerable<T> Read<T>(ImmutableArray<JsonElement> parts) =>
        parts.Select(part => KubernetesJson.Deserialize<T>(part));
}
