using System.Globalization;

namespace RelayOperator.Api;

/// <summary>URLs of servers that are asked by HTTPS: a DNS name or IPv4 address, maybe a port, a path and a query.</summary>
public static class HttpsUrl
{
    private const string Scheme = "https://";
    private const string Punctuation = "-._~!$&'()*+,;=:@%/?"; // RFC 3986 §3.3 and §3.4

    /// <summary>Null where the text is none.</summary>
    public static Uri? Parse(string value)
    {
        if (!value.StartsWith(Scheme, StringComparison.Ordinal))
        {
            return null;
        }

        var slash = value.IndexOf('/', Scheme.Length);
        var (authority, path) = slash < 0 ? (value[Scheme.Length..], "") : (value[Scheme.Length..slash], value[slash..]);
        var colon = authority.IndexOf(':', StringComparison.Ordinal);
        var (host, port) = colon < 0 ? (authority, "443") : (authority[..colon], authority[(colon + 1)..]);
        return DnsName.Allowed(host) is null && !host.Contains('_', StringComparison.Ordinal) && IsPort(port) && path.All(IsAllowed)
            && Uri.TryCreate(value, UriKind.Absolute, out var url) ? url : null;
    }

    private static bool IsPort(string text) =>
        text is not ['0', ..] && ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out _);

    private static bool IsAllowed(char c) => char.IsAsciiLetterOrDigit(c) || Punctuation.Contains(c, StringComparison.Ordinal);
}
