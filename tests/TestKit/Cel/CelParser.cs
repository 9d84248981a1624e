using System.Collections.Immutable;

namespace RelayOperator.TestKit.Cel;

/// <summary>Makes an expression of tokens, by the precedences of the CEL specification.</summary>
internal sealed class CelParser
{
    private static readonly string[][] Binary = [["||"], ["&&"], ["==", "!=", "<", "<=", ">", ">=", "in"], ["+", "-"], ["*", "/", "%"]];
    private static readonly string[] Macros = ["all", "exists", "exists_one", "map", "filter"];

    private readonly string text;
    private readonly List<CelToken> tokens;
    private int at;

    private CelParser(string text)
    {
        this.text = text;
        tokens = CelLexer.Read(text);
    }

    public static CelExpression Parse(string text)
    {
        var parser = new CelParser(text);
        var expression = parser.Expression();
        return parser.Current.Kind == CelTokenKind.End ? expression : throw parser.Unexpected();
    }

    private CelToken Current => tokens[at];

    private CelExpression Expression()
    {
        var condition = Operation(0);
        if (!Take("?"))
        {
            return condition;
        }

        var then = Operation(0);
        Expect(":");
        return new CelChoice(condition, then, Expression());
    }

    private CelExpression Operation(int level)
    {
        if (level == Binary.Length)
        {
            return Unary();
        }

        var left = Operation(level + 1);
        while (Current.Kind == CelTokenKind.Sign && Binary[level].Contains(Current.Text, StringComparer.Ordinal))
        {
            var sign = tokens[at++].Text;
            left = new CelCall(sign, IsMethod: false, [left, Operation(level + 1)]);
        }

        return left;
    }

    private CelExpression Unary()
    {
        if (Take("!"))
        {
            return new CelCall("!", IsMethod: false, [Unary()]);
        }

        return Take("-") ? new CelCall("-", IsMethod: false, [Unary()]) : Member();
    }

    private CelExpression Member()
    {
        var value = Primary();
        while (true)
        {
            if (Take("."))
            {
                var name = Identifier();
                value = Take("(") ? Method(value, name) : new CelField(value, name);
            }
            else if (Take("["))
            {
                value = new CelItem(value, Expression());
                Expect("]");
            }
            else
            {
                return value;
            }
        }
    }

    private CelExpression Method(CelExpression target, string name)
    {
        if (!Macros.Contains(name, StringComparer.Ordinal))
        {
            return new CelCall(name, IsMethod: true, [target, .. Arguments(")")]);
        }

        var variable = Identifier();
        Expect(",");
        var body = Expression();
        Expect(")");
        return new CelLoop(name, target, variable, body);
    }

    private CelExpression Primary()
    {
        var token = Current;
        if (token.Kind == CelTokenKind.Literal)
        {
            at++;
            return new CelLiteral(token.Value);
        }

        if (Take("("))
        {
            var inner = Expression();
            Expect(")");
            return inner;
        }

        if (Take("["))
        {
            return new CelList(Arguments("]"));
        }

        var name = Identifier();
        if (!Take("("))
        {
            return new CelName(name);
        }

        var arguments = Arguments(")");
        return name != "has" ? new CelCall(name, IsMethod: false, arguments)
            : arguments is [CelField field] ? field with { Test = true }
            : throw new CelException($"has() asks for one field: {text}");
    }

    private ImmutableArray<CelExpression> Arguments(string end)
    {
        var arguments = ImmutableArray.CreateBuilder<CelExpression>();
        while (!Take(end))
        {
            if (arguments.Count > 0)
            {
                Expect(",");
            }

            arguments.Add(Expression());
        }

        return arguments.DrainToImmutable();
    }

    private string Identifier() => Current.Kind == CelTokenKind.Identifier ? tokens[at++].Text : throw Unexpected();

    private bool Take(string sign)
    {
        if (Current.Kind != CelTokenKind.Sign || Current.Text != sign)
        {
            return false;
        }

        at++;
        return true;
    }

    private void Expect(string sign)
    {
        if (!Take(sign))
        {
            throw Unexpected();
        }
    }

    private CelException Unexpected() => new($"'{Current.Text}' is not expected here, as token {at} of: {text}");
}
