using System.Globalization;
using System.Text;

namespace RelayOperator.Relay.Notifications;

/// <summary>The address type utf-8 in its two forms: as it is, and in ASCII with <c>\x{HEX}</c> (RFC 6533 §3).</summary>
internal static class Utf8Address
{
    public const string Type = "utf-8";

    // \x{10FFFF}: no code point needs more digits.
    private const int MaxDigits = 6;

    /// <summary>Takes the escapes off; what is none stands for itself.</summary>
    public static string Decode(string address)
    {
        var text = new StringBuilder(address.Length);
        var rest = address.AsSpan();
        for (var at = rest.IndexOf(@"\x{"); at >= 0; at = rest.IndexOf(@"\x{"))
        {
            var digits = rest[(at + 3)..];
            var end = digits.IndexOf('}');
            if (end is > 0 and <= MaxDigits
                && int.TryParse(digits[..end], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code)
                && Rune.TryCreate(code, out var rune))
            {
                text.Append(rest[..at]).Append(rune.ToString());
                rest = digits[(end + 1)..];
            }
            else
            {
                text.Append(rest[..(at + 3)]);
                rest = digits;
            }
        }

        return text.Append(rest).ToString();
    }

    /// <summary>Writes what lies beyond ASCII as escapes, so that it fits a report in ASCII.</summary>
    public static string Encode(string address)
    {
        if (Ascii.IsValid(address))
        {
            return address;
        }

        var text = new StringBuilder(address.Length * 2);
        foreach (var rune in address.EnumerateRunes())
        {
            _ = rune.IsAscii ? text.Append((char)rune.Value) : text.Append(CultureInfo.InvariantCulture, $"\\x{{{rune.Value:X}}}");
        }

        return text.ToString();
    }
}
