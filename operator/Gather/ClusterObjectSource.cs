using System.Text.Json;
using RelayOperator.Operator.Cluster;

namespace RelayOperator.Operator.Gather;

/// <summary>What a pool or hub is read from: all but its status and the bookkeeping of the API server.</summary>
internal static class ClusterObjectSource
{
    public static UInt128 HashOf(JsonElement whole)
    {
        using var hash = new ContentHash();
        foreach (var field in whole.EnumerateObject().Where(field => field.Name is not ("status" or "metadata")))
        {
            hash.Add(field.Name, field.Value);
        }

        foreach (var field in whole.GetProperty("metadata").EnumerateObject().Where(field => field.Name is "name" or "namespace" or "uid" or "labels" or "annotations"))
        {
            hash.Add(field.Name, field.Value);
        }

        return hash.Finish();
    }
}
