using System.Buffers;
using System.Text;

namespace RelayOperator.Relay.Authentication;

/// <summary>Base64 and text of an exchange, both strict: what has two readings has none.</summary>
internal static class SaslText
{
    private static readonly SearchValues<char> Base64 = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=");
    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    /// <summary>The octets behind base64 (RFC 4648 §4, §3.5); null where it is none.</summary>
    public static byte[]? Decode(string text)
    {
        var octets = new byte[text.Length];
        return text.AsSpan().IndexOfAnyExcept(Base64) < 0
            && Convert.TryFromBase64String(text, octets, out var length)
            && Convert.ToBase64String(octets, 0, length) == text
            ? octets[..length]
            : null;
    }

    /// <summary>The text behind UTF-8 without NUL; null where it is none.</summary>
    public static string? Utf8(ReadOnlySpan<byte> octets)
    {
        try
        {
            return octets.Contains((byte)0) ? null : Strict.GetString(octets);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }
}
