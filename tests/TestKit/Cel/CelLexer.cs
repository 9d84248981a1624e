using System.Globalization;
using System.Text;

namespace RelayOperator.TestKit.Cel;

/// <summary>Cuts an expression into tokens.</summary>
internal sealed class CelLexer
{
    // Longest first, so that "<=" is not taken for "<".
    private static readonly string[] Signs =
    [
        "||", "&&", "==", "!=", "<=", ">=", "<", ">", "+", "-", "*", "/", "%", "!", "?", ":", ".", ",", "(", ")", "[", "]", "{", "}",
    ];

    private readonly string text;
    private int at;

    private CelLexer(string text) => this.text = text;

    public static List<CelToken> Read(string text)
    {
        var lexer = new CelLexer(text);
        var tokens = new List<CelToken>();
        do
        {
            tokens.Add(lexer.Next());
        }
        while (tokens[^1].Kind != CelTokenKind.End);
        return tokens;
    }

    private CelToken Next()
    {
        while (at < text.Length && char.IsWhiteSpace(text[at]))
        {
            at++;
        }

        if (at == text.Length)
        {
            return new(CelTokenKind.End, "");
        }

        var c = text[at];
        if (c is '\'' or '"' || (c is 'r' or 'R' && at + 1 < text.Length && text[at + 1] is '\'' or '"'))
        {
            return ReadText();
        }

        if (char.IsAsciiDigit(c))
        {
            return ReadNumber();
        }

        if (char.IsAsciiLetter(c) || c == '_')
        {
            return ReadWord();
        }

        var sign = Array.Find(Signs, sign => text.AsSpan(at).StartsWith(sign, StringComparison.Ordinal))
            ?? throw new CelException($"'{c}' at {at} begins nothing that CEL has: {text}");
        at += sign.Length;
        return new(CelTokenKind.Sign, sign);
    }

    private CelToken ReadWord()
    {
        var start = at;
        while (at < text.Length && (char.IsAsciiLetterOrDigit(text[at]) || text[at] == '_'))
        {
            at++;
        }

        return text[start..at] switch
        {
            "true" => new(CelTokenKind.Literal, "true", true),
            "false" => new(CelTokenKind.Literal, "false", false),
            "null" => new(CelTokenKind.Literal, "null"),
            "in" => new(CelTokenKind.Sign, "in"),
            var word => new(CelTokenKind.Identifier, word),
        };
    }

    private CelToken ReadNumber()
    {
        var start = at;
        while (at < text.Length && (char.IsAsciiDigit(text[at]) || (text[at] == '.' && at + 1 < text.Length && char.IsAsciiDigit(text[at + 1]))))
        {
            at++;
        }

        var word = text[start..at];
        return word.Contains('.', StringComparison.Ordinal)
            ? new(CelTokenKind.Literal, word, double.Parse(word, CultureInfo.InvariantCulture))
            : new(CelTokenKind.Literal, word, long.Parse(word, CultureInfo.InvariantCulture));
    }

    private CelToken ReadText()
    {
        var raw = text[at] is 'r' or 'R';
        at += raw ? 1 : 0;
        var quote = text[at++];
        var value = new StringBuilder();
        while (at < text.Length && text[at] != quote)
        {
            _ = value.Append(!raw && text[at] == '\\' ? Escape() : text[at]);
            at++;
        }

        if (at++ == text.Length)
        {
            throw new CelException($"text without its last quote: {text}");
        }

        return new(CelTokenKind.Literal, value.ToString(), value.ToString());
    }

    private char Escape() => ++at < text.Length
        ? text[at] switch
        {
            'n' => '\n',
            't' => '\t',
            'r' => '\r',
            '\\' or '\'' or '"' or '`' or '?' => text[at],
            var other => throw new CelException($"the escape \\{other} is not read here: {text}"),
        }
        : throw new CelException($"text without its last quote: {text}");
}
