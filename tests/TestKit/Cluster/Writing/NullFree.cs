using System.Text.Json.Nodes;

namespace RelayOperator.TestKit.Cluster.Writing;

/// <summary>A field that is null says nothing, so it is not stored.</summary>
internal static class NullFree
{
    public static JsonObject Of(JsonObject source)
    {
        var kept = new JsonObject();
        foreach (var (key, value) in source)
        {
            if (Of(value) is { } clean)
            {
                kept[key] = clean;
            }
        }
        return kept;
    }

    private static JsonNode? Of(JsonNode? value) => value switch
    {
        JsonObject map => Of(map),
        JsonArray list => new JsonArray([.. list.Select(Of)]),
        _ => value?.DeepClone(),
    };
}
