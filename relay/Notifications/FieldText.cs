using System.Text;

namespace RelayOperator.Relay.Notifications;

/// <summary>Makes text from outside fit one header field: no line breaks, no control characters, bounded.</summary>
internal static class FieldText
{
    /// <summary>Octets of one value at most, so that it fits a line with its name (RFC 5322 §2.1.1: 998).</summary>
    public const int MaxOctets = 900;

    private const int FoldAt = 76;

    /// <param name="text">Anything.</param>
    /// <param name="utf8">Characters beyond ASCII stay; otherwise each becomes a question mark.</param>
    public static string Clean(string text, bool utf8)
    {
        var clean = new StringBuilder(Math.Min(text.Length, MaxOctets));
        var octets = 0;
        // An unpaired surrogate comes out of this as U+FFFD.
        foreach (var rune in text.AsSpan().Trim().EnumerateRunes())
        {
            var next = Rune.IsControl(rune) ? new Rune(' ') : rune.IsAscii || utf8 ? rune : new Rune('?');
            octets += next.Utf8SequenceLength;
            if (octets > MaxOctets)
            {
                break;
            }

            clean.Append(next.ToString());
        }

        return clean.ToString().Trim(' ');
    }

    /// <summary>Appends <c>Name: value</c> with its CRLF, folded at blanks (RFC 5322 §2.2.3). The value has to be clean.</summary>
    public static void Append(StringBuilder fields, string name, string value)
    {
        fields.Append(name).Append(':');
        var column = name.Length + 1;
        var blanks = 1;
        foreach (var range in value.AsSpan().Split(' '))
        {
            var word = value.AsSpan()[range];
            if (word.IsEmpty)
            {
                blanks++;
                continue;
            }

            // The first word stays with the name: a line of blanks alone would be obsolete syntax.
            if (column + blanks + word.Length > FoldAt && column > name.Length + 1)
            {
                fields.Append("\r\n");
                column = 0;
            }

            fields.Append(' ', blanks).Append(word);
            column += blanks + word.Length;
            blanks = 1;
        }

        fields.Append("\r\n");
    }
}
