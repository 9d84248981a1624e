using System.Text.Json.Nodes;

namespace RelayOperator.TestKit.Cluster.Fields;

/// <summary>One entry of metadata.managedFields: who owns which fields, and by which operation.</summary>
/// <param name="Manager">Who.</param>
/// <param name="Operation">Apply or Update: the same name may own fields by both.</param>
/// <param name="Subresource">Empty for the object itself.</param>
/// <param name="ApiVersion">In whose terms the fields are written.</param>
/// <param name="Time">When the entry last changed.</param>
/// <param name="Fields">What is owned.</param>
public sealed record ManagedEntry(string Manager, string Operation, string Subresource, string ApiVersion, string Time, FieldSet Fields)
{
    public bool IsSameOwner(ManagedEntry other) => Manager == other.Manager && Operation == other.Operation && Subresource == other.Subresource;

    public static IReadOnlyList<ManagedEntry> Read(JsonObject source) =>
    [
        .. source.At("metadata", "managedFields").Items().Select(entry => new ManagedEntry(
            entry.At("manager").Text() ?? "",
            entry.At("operation").Text() ?? "Update",
            entry.At("subresource").Text() ?? "",
            entry.At("apiVersion").Text() ?? "",
            entry.At("time").Text() ?? "",
            FieldSet.FromJson(entry["fieldsV1"]))),
    ];

    public static void Write(JsonObject target, IEnumerable<ManagedEntry> entries)
    {
        var list = new JsonArray([.. entries.Where(entry => !entry.Fields.IsEmpty)
            .OrderBy(entry => entry.Operation, StringComparer.Ordinal).ThenBy(entry => entry.Time, StringComparer.Ordinal).ThenBy(entry => entry.Manager, StringComparer.Ordinal)
            .Select(entry => (JsonNode)entry.ToJson())]);
        target.Ensure("metadata").Put("managedFields", list.Count > 0 ? list : null);
    }

    private JsonObject ToJson()
    {
        var json = new JsonObject
        {
            ["manager"] = Manager,
            ["operation"] = Operation,
            ["apiVersion"] = ApiVersion,
            ["time"] = Time,
            ["fieldsType"] = "FieldsV1",
            ["fieldsV1"] = Fields.ToJson(),
        };
        if (Subresource.Length > 0)
        {
            json["subresource"] = Subresource;
        }
        return json;
    }
}
