using System.Text.Json.Nodes;
using RelayOperator.TestKit.Cel;

namespace RelayOperator.TestKit.Schema;

/// <summary>One entry of x-kubernetes-validations.</summary>
public sealed record SchemaRule(CelProgram Program, string Message, CelProgram? MessageProgram, string Reason, string FieldPath)
{
    /// <summary>Whether the rule compares with what was there before, and so is for updates only.</summary>
    public bool IsTransition { get; } = Program.Uses("oldSelf");

    internal static SchemaRule Parse(JsonObject node) => new(
        CelProgram.Compile(node["rule"]!.GetValue<string>()),
        node["message"]?.GetValue<string>() ?? "",
        node["messageExpression"] is { } expression ? CelProgram.Compile(expression.GetValue<string>()) : null,
        node["reason"]?.GetValue<string>() ?? "FieldValueInvalid",
        node["fieldPath"]?.GetValue<string>() ?? "");
}
