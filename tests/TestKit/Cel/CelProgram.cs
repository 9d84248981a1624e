using System.Collections.Immutable;
using System.Text.Json.Nodes;

namespace RelayOperator.TestKit.Cel;

/// <summary>
/// An expression of the Common Expression Language, as the rules of CustomResourceDefinitions have them. Whole numbers,
/// texts, lists and maps by text; the macros; of the functions those that <see cref="CelFunctions"/> lists. No types are
/// checked beforehand: a wrong one is an error when the expression is evaluated.
/// </summary>
public sealed class CelProgram
{
    private static readonly string[] Operators = ["!", "-", "+", "*", "/", "%", "==", "!=", "<", "<=", ">", ">=", "in", "||", "&&"];

    private CelProgram(string text, CelExpression root)
    {
        Text = text;
        Root = root;
    }

    /// <summary>The expression as it was written.</summary>
    public string Text { get; }

    internal CelExpression Root { get; }

    /// <summary>Reads an expression; a <see cref="CelException"/> where it is none, or calls what is not there.</summary>
    public static CelProgram Compile(string text)
    {
        var root = CelParser.Parse(text);
        var stranger = root.All().OfType<CelCall>()
            .FirstOrDefault(call => !(Operators.Contains(call.Name, StringComparer.Ordinal) && !call.IsMethod) && !CelFunctions.Has(call));
        return stranger is null
            ? new(text, root)
            : throw new CelException($"there is no {(stranger.IsMethod ? "method" : "function")} {stranger.Name} for {stranger.Arguments.Length} arguments: {text}");
    }

    /// <summary>Whether the expression uses a variable of that name.</summary>
    public bool Uses(string variable) => Root.All().OfType<CelName>().Any(name => name.Name == variable);

    /// <summary>The expression's value: null, bool, long, double, string, a list or a map. A <see cref="CelException"/> where it has none.</summary>
    public object? Evaluate(params ReadOnlySpan<(string Name, JsonNode? Value)> variables) => new CelEvaluator(Values(variables)).Value(Root);

    /// <summary>The same with variables that were made ready once for several expressions.</summary>
    internal object? Evaluate(ImmutableDictionary<string, object?> values) => new CelEvaluator(values).Value(Root);

    internal static ImmutableDictionary<string, object?> Values(params ReadOnlySpan<(string Name, JsonNode? Value)> variables)
    {
        var values = ImmutableDictionary.CreateBuilder<string, object?>(StringComparer.Ordinal);
        foreach (var (name, value) in variables)
        {
            values[name] = CelValue.From(value);
        }

        return values.ToImmutable();
    }
}
