using System.Globalization;
using System.Text.Json;

namespace RelayOperator.Operator.Cluster;

/// <summary>Reads fields of JSON that may be missing or of another type; then they are empty.</summary>
internal static class JsonFields
{
    public static JsonElement Part(JsonElement whole, string name) =>
        whole.ValueKind == JsonValueKind.Object && whole.TryGetProperty(name, out var part) ? part : default;

    public static IEnumerable<JsonElement> Items(JsonElement whole, string name) =>
        Part(whole, name) is { ValueKind: JsonValueKind.Array } list ? list.EnumerateArray() : [];

    public static string Text(JsonElement whole, string name) => Part(whole, name) is { ValueKind: JsonValueKind.String } text ? text.GetString()! : "";

    public static long Number(JsonElement whole, string name) =>
        Part(whole, name) is { ValueKind: JsonValueKind.Number } number && number.TryGetInt64(out var value) ? value : 0;

    public static DateTimeOffset Time(JsonElement whole, string name) =>
        DateTimeOffset.TryParse(Text(whole, name), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : default;

    /// <summary>Status of a condition of an object; empty where there is none.</summary>
    public static string Condition(JsonElement whole, string type) =>
        Items(Part(whole, "status"), "conditions").Where(condition => Text(condition, "type") == type).Select(condition => Text(condition, "status")).FirstOrDefault("");

    /// <summary>The storage that the spec of a claim asks for; empty for none.</summary>
    public static string Storage(JsonElement spec) => Text(Part(Part(spec, "resources"), "requests"), "storage");
}
