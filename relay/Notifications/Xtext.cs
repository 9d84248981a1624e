using System.Globalization;
using System.Text;

namespace RelayOperator.Relay.Notifications;

/// <summary>Reads xtext: printable ASCII with <c>+XX</c> for the rest (RFC 3461 §4).</summary>
public static class Xtext
{
    /// <summary>The text behind it, octets beyond ASCII taken as UTF-8. What is no xtext stands for itself.</summary>
    public static string Decode(ReadOnlySpan<char> value)
    {
        if (!value.Contains('+'))
        {
            return value.ToString();
        }

        var octets = new byte[Encoding.UTF8.GetMaxByteCount(value.Length)];
        var length = 0;
        while (!value.IsEmpty)
        {
            if (value.Length >= 3 && value[0] == '+'
                && byte.TryParse(value[1..3], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var octet))
            {
                octets[length++] = octet;
                value = value[3..];
            }
            else
            {
                var next = value[1..].IndexOf('+') is >= 0 and var plus ? plus + 1 : value.Length;
                length += Encoding.UTF8.GetBytes(value[..next], octets.AsSpan(length));
                value = value[next..];
            }
        }

        return Encoding.UTF8.GetString(octets, 0, length);
    }
}
