using System.Collections.Immutable;

namespace RelayOperator.TestKit.Cel;

/// <summary>
/// Works out the value of an expression. As in CEL, what decides a logical operator or a macro wins over an error beside
/// it: "error || true" is true.
/// </summary>
internal sealed class CelEvaluator(ImmutableDictionary<string, object?> variables)
{
    public object? Value(CelExpression expression) => expression switch
    {
        CelLiteral literal => literal.Value,
        CelName name => variables.TryGetValue(name.Name, out var value) ? value : throw new CelException($"no variable {name.Name}"),
        CelField field => Field(field),
        CelItem item => Item(Value(item.Of), Value(item.At)),
        CelList list => list.Items.Select(Value).ToList(),
        CelChoice choice => Truth(choice.If) ? Value(choice.Then) : Value(choice.Else),
        CelLoop loop => Loop(loop),
        CelCall { Name: "||" } call => Decided(call.Arguments, part => Truth(part), by: true),
        CelCall { Name: "&&" } call => Decided(call.Arguments, part => Truth(part), by: false),
        CelCall call => Call(call, [.. call.Arguments.Select(Value)]),
        _ => throw new CelException($"{expression.GetType().Name} has no value"),
    };

    private bool Truth(CelExpression expression) =>
        Value(expression) as bool? ?? throw new CelException("true or false is needed");

    private object? Field(CelField field)
    {
        var map = Value(field.Of) as Dictionary<string, object?> ?? throw new CelException($"nothing has the field {field.Name} here");
        return field.Test ? map.ContainsKey(field.Name)
            : map.TryGetValue(field.Name, out var value) ? value
            : throw new CelException($"no such key: {field.Name}");
    }

    private static object? Item(object? of, object? at) => (of, at) switch
    {
        (List<object?> list, long index) when index >= 0 && index < list.Count => list[(int)index],
        (Dictionary<string, object?> map, string key) when map.TryGetValue(key, out var value) => value,
        _ => throw new CelException($"no item {at}"),
    };

    private object? Loop(CelLoop loop)
    {
        IEnumerable<object?> items = Value(loop.Over) switch
        {
            List<object?> list => list,
            Dictionary<string, object?> map => map.Keys,
            var other => throw new CelException($"{CelValue.TypeName(other)} has no items"),
        };
        bool Holds(object? item) => new CelEvaluator(variables.SetItem(loop.Variable, item)).Truth(loop.Body);
        return loop.Macro switch
        {
            "all" => Decided(items, Holds, by: false),
            "exists" => Decided(items, Holds, by: true),
            "exists_one" => items.Count(Holds) == 1,
            "filter" => items.Where(Holds).ToList(),
            _ => items.Select(item => new CelEvaluator(variables.SetItem(loop.Variable, item)).Value(loop.Body)).ToList(),
        };
    }

    /// <summary>Whether one of the parts is what decides; where none is, the error of one that has no value.</summary>
    private static bool Decided<T>(IEnumerable<T> parts, Func<T, bool> truth, bool by)
    {
        CelException? error = null;
        foreach (var part in parts)
        {
            try
            {
                if (truth(part) == by)
                {
                    return by;
                }
            }
            catch (CelException failed)
            {
                error ??= failed;
            }
        }

        return error is null ? !by : throw new CelException(error.Message, error);
    }

    private static object? Call(CelCall call, object?[] arguments) => (call.Name, arguments) switch
    {
        ("!", [bool truth]) => !truth,
        ("-", [long number]) => checked(-number),
        ("-", [double number]) => -number,
        ("==", [var a, var b]) => CelValue.AreEqual(a, b),
        ("!=", [var a, var b]) => !CelValue.AreEqual(a, b),
        ("<", [var a, var b]) => CelValue.Compare(a, b) < 0,
        ("<=", [var a, var b]) => CelValue.Compare(a, b) <= 0,
        (">", [var a, var b]) => CelValue.Compare(a, b) > 0,
        (">=", [var a, var b]) => CelValue.Compare(a, b) >= 0,
        ("in", [var a, List<object?> list]) => list.Exists(item => CelValue.AreEqual(item, a)),
        ("in", [string key, Dictionary<string, object?> map]) => map.ContainsKey(key),
        ("+", [string a, string b]) => a + b,
        ("+", [List<object?> a, List<object?> b]) => a.Concat(b).ToList(),
        ("+" or "-" or "*" or "/" or "%", [long a, long b]) => Arithmetic(call.Name, a, b),
        ("+", [double a, double b]) => a + b,
        ("-", [double a, double b]) => a - b,
        ("*", [double a, double b]) => a * b,
        ("/", [double a, double b]) => a / b,
        _ when CelFunctions.Has(call) => CelFunctions.Call(call, arguments),
        _ => throw new CelException($"no overload of {call.Name} for {string.Join(", ", arguments.Select(CelValue.TypeName))}"),
    };

    private static long Arithmetic(string sign, long a, long b)
    {
        try
        {
            return sign switch
            {
                "+" => checked(a + b),
                "-" => checked(a - b),
                "*" => checked(a * b),
                "/" => a / b,
                _ => a % b,
            };
        }
        catch (ArithmeticException error)
        {
            throw new CelException($"{a} {sign} {b}: {error.Message}", error);
        }
    }
}
