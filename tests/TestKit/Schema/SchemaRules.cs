using System.Collections.Immutable;
using System.Text.Json.Nodes;
using RelayOperator.TestKit.Cel;

namespace RelayOperator.TestKit.Schema;

/// <summary>Evaluates the rules (x-kubernetes-validations) of a schema for every value that they stand at.</summary>
public static class SchemaRules
{
    /// <summary>
    /// The rules that do not hold. Rules with oldSelf are for what was there before: without an old object, and for items
    /// that have no identity, they are passed over.
    /// </summary>
    public static ImmutableArray<SchemaFault> Check(StructuralSchema schema, JsonObject value, JsonObject? old) => [.. Check(schema, value, old, "")];

    private static IEnumerable<SchemaFault> Check(StructuralSchema schema, JsonNode value, JsonNode? old, string path)
    {
        var own = schema.Rules.IsEmpty ? [] : Own(schema, CelProgram.Values(("self", value), ("oldSelf", old)), isChange: old is not null, path);
        return own.Concat(SchemaWalk.Within(schema, value, old, path).SelectMany(inner => Check(inner.Schema, inner.Value, inner.Old, inner.Path)));
    }

    private static IEnumerable<SchemaFault> Own(StructuralSchema schema, ImmutableDictionary<string, object?> values, bool isChange, string path) =>
        schema.Rules.Where(rule => isChange || !rule.IsTransition).Select(rule => Judge(rule, values, path)).OfType<SchemaFault>();

    private static SchemaFault? Judge(SchemaRule rule, ImmutableDictionary<string, object?> values, string path)
    {
        var at = (path + rule.FieldPath).TrimStart('.');
        try
        {
            return rule.Program.Evaluate(values) is true ? null : new(at, rule.Reason, Message(rule, values), rule);
        }
        catch (CelException error)
        {
            return new(at, "FieldValueInvalid", $"rule evaluation error: {error.Message}: {rule.Program.Text}", rule);
        }
    }

    private static string Message(SchemaRule rule, ImmutableDictionary<string, object?> values)
    {
        // API servers make a fault of this kind of the path alone, and say no more.
        if (rule.Reason == "FieldValueDuplicate")
        {
            return "Duplicate value";
        }

        try
        {
            return rule.MessageProgram?.Evaluate(values) is string { Length: > 0 } message ? message : rule.Message;
        }
        catch (CelException)
        {
            return rule.Message;
        }
    }
}
