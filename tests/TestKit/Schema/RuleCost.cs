using System.Collections.Immutable;
using RelayOperator.TestKit.Cel;

namespace RelayOperator.TestKit.Schema;

/// <summary>
/// What a rule may cost at most, as an API server reckons before it takes a CustomResourceDefinition: by the rules of CEL's
/// static estimate, with the bounds of the schema. Names and types are judged on the way; a <see cref="CelException"/>
/// where the rule asks for a field that the schema has not, or mixes types.
/// </summary>
public sealed class RuleCost
{
    /// <summary>What one rule may cost, times the number of values that it stands at.</summary>
    public const double PerRule = 10_000_000;

    /// <summary>What all rules of a definition may cost together.</summary>
    public const double PerDefinition = 100_000_000;

    private readonly ImmutableDictionary<string, RuleType> variables;

    private RuleCost(ImmutableDictionary<string, RuleType> variables) => this.variables = variables;

    /// <summary>The cost of evaluating the rule once at a value of the schema.</summary>
    public static double Estimate(StructuralSchema schema, SchemaRule rule)
    {
        var self = RuleType.Of(schema);
        var known = ImmutableDictionary.CreateRange(StringComparer.Ordinal, [KeyValuePair.Create("self", self), KeyValuePair.Create("oldSelf", self)]);
        var (type, cost) = new RuleCost(known).Of(rule.Program.Root);
        return type == RuleType.Bool ? cost : throw new CelException($"a rule is true or false, this is {type.Name}: {rule.Program.Text}");
    }

    private (RuleType Type, double Cost) Of(CelExpression expression) => expression switch
    {
        CelLiteral { Value: string text } => (RuleType.Text(text.Length), 0),
        CelLiteral { Value: bool } => (RuleType.Bool, 0),
        CelLiteral { Value: long } => (RuleType.Int, 0),
        CelName name => (variables.TryGetValue(name.Name, out var type) ? type : throw new CelException($"no variable {name.Name}"), 1),
        CelField field => Field(field),
        CelList list => (new("list", new() { Type = "array", Items = ItemOf(list) }, list.Items.Length), 10 + list.Items.Sum(item => Of(item).Cost)),
        CelChoice choice => Choice(choice),
        CelLoop loop => Loop(loop),
        CelCall call => Call(call, [.. call.Arguments.Select(Of)]),
        _ => throw new CelException($"{expression.GetType().Name} has no estimate"),
    };

    private StructuralSchema ItemOf(CelList list) =>
        list.Items.Select(item => Of(item).Type.Name).Distinct(StringComparer.Ordinal).Single() == "int"
            ? new() { Type = "integer" }
            : new() { Type = "string", MaxLength = list.Items.Max(item => (int)Of(item).Type.Size) };

    private (RuleType Type, double Cost) Field(CelField field)
    {
        var (of, cost) = Of(field.Of);
        var schema = of.Name == "object" ? of.Schema?.Property(field.Name) : null;
        var type = field is { Name: "name", Of: CelField { Name: "metadata", Of: CelName { Name: "self" } } } ? RuleType.ObjectName
            : schema is not null ? RuleType.Of(schema)
            : throw new CelException($"undefined field {field.Name}");
        return field.Test ? (RuleType.Bool, cost) : (type, cost + 1);
    }

    private (RuleType Type, double Cost) Choice(CelChoice choice)
    {
        var (condition, then, otherwise) = (Of(choice.If), Of(choice.Then), Of(choice.Else));
        Same(RuleType.Bool, condition.Type);
        Same(then.Type, otherwise.Type);
        return (then.Type with { Size = Math.Max(then.Type.Size, otherwise.Type.Size) }, condition.Cost + Math.Max(then.Cost, otherwise.Cost));
    }

    private (RuleType Type, double Cost) Loop(CelLoop loop)
    {
        var (over, cost) = Of(loop.Over);
        if (over.Name is not ("list" or "map"))
        {
            throw new CelException($"{over.Name} has no items");
        }

        var (bodyType, body) = new RuleCost(variables.SetItem(loop.Variable, over.Item)).Of(loop.Body);
        Same(RuleType.Bool, bodyType);
        // The condition of the loop and its step, as the macro is written out; then what reads its result.
        var (step, result) = loop.Macro switch
        {
            "all" => (2 + 1 + body, 1),
            "exists" => (3 + 1 + body, 1),
            "exists_one" => (2 + body, 2),
            _ => throw new CelException($"the size of what {loop.Macro} makes is not known to an API server"),
        };
        return (RuleType.Bool, cost + over.Size * step + result);
    }

    private static (RuleType Type, double Cost) Call(CelCall call, ImmutableArray<(RuleType Type, double Cost)> arguments)
    {
        var sum = arguments.Sum(argument => argument.Cost);
        var types = arguments.Select(argument => argument.Type).ToImmutableArray();
        switch (call.Name)
        {
            case "&&" or "||" or "!":
                _ = types.All(type => Same(RuleType.Bool, type));
                return (RuleType.Bool, sum + (call.Name == "!" ? 1 : 0));
            case "==" or "!=" or "<" or "<=" or ">" or ">=":
                _ = Same(types[0], types[1]);
                return (RuleType.Bool, sum + Share(Math.Min(types[0].Size, types[1].Size), 0.1));
            case "in":
                _ = Same(types[0], types[1].Item);
                return (RuleType.Bool, sum + types[1].Size);
            case "+" or "-" or "*" or "/" or "%":
                _ = types.All(type => Same(RuleType.Int, type));
                return (RuleType.Int, sum + 1);
            case "matches":
                return (RuleType.Bool, sum + Share(Text(types[0]) + 1, 0.1) * Share(Text(types[1]), 0.25));
            case "contains":
                return (RuleType.Bool, sum + Share(Text(types[0]), 0.1) * Share(Text(types[1]), 0.1));
            case "startsWith" or "endsWith":
                return (RuleType.Bool, sum + Share(Text(types[1]), 0.1));
            case "indexOf":
                return (RuleType.Int, sum + Share(Text(types[0]), 0.1));
            case "size":
                return types[0].Name is "string" or "list" or "map" ? (RuleType.Int, sum + 1) : throw new CelException($"{types[0].Name} has no size");
            case "isQuantity" or "quantity":
                return (call.Name == "quantity" ? RuleType.Quantity : RuleType.Bool, sum + Share(Text(types[0]), 0.1));
            case "compareTo" or "isGreaterThan" or "isLessThan":
                _ = types.All(type => Same(RuleType.Quantity, type));
                return (call.Name == "compareTo" ? RuleType.Int : RuleType.Bool, sum + 1);
            default:
                throw new CelException($"the cost of {call.Name} is not known here");
        }
    }

    private static double Text(RuleType type) => Same(RuleType.Text(0), type) ? type.Size : 0;

    private static double Share(double size, double factor) => Math.Ceiling(size * factor);

    private static bool Same(RuleType wanted, RuleType found) =>
        wanted.Name == found.Name ? true : throw new CelException($"{found.Name} where {wanted.Name} is needed");
}
