using System.Text.Json.Nodes;
using RelayOperator.TestKit.Schema;

namespace RelayOperator.TestKit.Cluster.Admission;

/// <summary>What a CustomResourceDefinition's schema does to the objects of its kind.</summary>
public sealed class CustomRules(StructuralSchema schema)
{
    /// <summary>Takes away what the schema does not know.</summary>
    /// <returns>The paths taken away, as <c>spec.unknown</c>.</returns>
    public IReadOnlyList<string> Prune(JsonObject target) => SchemaPruning.Prune(schema, target);

    public void Default(JsonObject target) => SchemaDefaults.Apply(schema, target);

    /// <summary>What is wrong, each as <c>field: message</c> in the words of the real server.</summary>
    /// <param name="target">As it would be stored.</param>
    /// <param name="before">As it is stored; null for a creation.</param>
    public IReadOnlyList<string> Faults(JsonObject target, JsonObject? before)
    {
        var old = before?.Copy();
        if (old is not null)
        {
            // Defaults that the schema has gained since count as having been there.
            Default(old);
        }
        var faults = SchemaValidation.Validate(schema, target);
        return [.. (faults.Any(fault => fault.IsOfForm) ? faults : faults.AddRange(SchemaRules.Check(schema, target, old))).Select(Words)];
    }

    private static string Words(SchemaFault fault)
    {
        var kind = fault.Reason switch
        {
            "FieldValueInvalid" or "FieldValueTypeInvalid" => "Invalid value: ",
            "FieldValueTooLong" => "Too long: ",
            "FieldValueTooMany" => "Too many: ",
            "FieldValueForbidden" => "Forbidden: ",
            _ => "",
        };
        return $"{(fault.Path.Length == 0 ? "<nil>" : fault.Path)}: {kind}{fault.Message}";
    }
}
