using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace RelayOperator.Operator.Status;

/// <summary>How the statuses of both resources are written and read.</summary>
internal static class StatusJson
{
    private static readonly JsonSerializerOptions Format = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Converters = { new JsonStringEnumConverter() },
    };

    /// <summary>The status of an object; null where there is none, or none that makes sense.</summary>
    public static T? Read<T>(JsonElement whole)
        where T : class
    {
        try
        {
            return whole.TryGetProperty("status", out var status) ? status.Deserialize<T>(Format) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    public static JsonNode Node<T>(T status) => JsonSerializer.SerializeToNode(status, Format)!;

    /// <summary>What two statuses are compared by.</summary>
    public static string Text<T>(T? status) => JsonSerializer.Serialize(status, Format);
}
