using System.Text.Json;
using RelayOperator.Operator.Cluster;
using RelayOperator.Operator.Derive;

namespace RelayOperator.Operator.Gather;

/// <summary>A claim as the watch shows it.</summary>
/// <param name="DrainToken">Its mark; empty for none.</param>
/// <param name="Storage">The storage that it asks for, as a quantity.</param>
public sealed record SeenClaim(string DrainToken, string Storage)
{
    public static SeenClaim Of(JsonElement whole) => new(
        ObjectMeta.Of(whole).Annotations.GetValueOrDefault(PoolNames.DrainedAnnotation, ""), JsonFields.Storage(JsonFields.Part(whole, "spec")));
}
