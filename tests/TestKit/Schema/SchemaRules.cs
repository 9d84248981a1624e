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

    private static IEnumerable<SchemaFault> Check(StructuralSchema schema, JsonNode value, JsonNode? old, string path) =>
        schema.Rules.Where(rule => !rule.IsTransition || old is not null).Select(rule => Judge(rule, value, old, path)).OfType<SchemaFault>()
            .Concat(SchemaWalk.Within(schema, value, old, path).SelectMany(inner => Check(inner.Schema, inner.Value, inner.Old, inner.Path)));

    private static SchemaFault? Judge(SchemaRule rule, JsonNode value, JsonNode? old, string path)
    {
        var at = (path + rule.FieldPath).TrimStart('.');
        try
        {
            return rule.Program.Evaluate(("self", value), ("oldSelf", old)) is true ? null : new(at, rule.Reason, Message(rule, value, old), rule);
        }
        catch (CelException error)
        {
            return new(at, "FieldValueInvalid", $"rule evaluation error: {error.Message}: {rule.Program.Text}", rule);
        }
    }

    private static string Message(SchemaRule rule, JsonNode value, JsonNode? old)
    {
        try
        {
            return rule.MessageProgram?.Evaluate(("self", value), ("oldSelf", old)) is string { Length: > 0 } message ? message : rule.Message;
        }
        catch (CelException)
        {
            return rule.Message;
        }
    }
}
