using System.Globalization;

namespace RelayOperator.Api;

/// <summary>DNS names in ASCII, and the labels that Kubernetes names objects with.</summary>
public static class DnsName
{
    private static readonly IdnMapping Idn = new() { UseStd3AsciiRules = true };

    /// <summary>What is allowed instead of a host name; null where it is right. A label may begin with '_' (RFC 2782).</summary>
    public static string? Allowed(string value)
    {
        if (!System.Text.Ascii.IsValid(value))
        {
            return ToAscii(value) is { } ascii ? $"the ASCII form, {ascii}" : "a DNS name in ASCII";
        }

        if (value.Length > 1 && value[^1] == '.')
        {
            return "the name without its last dot";
        }

        return value.Length is > 0 and <= 253 && value.Split('.').All(IsHostLabel)
            ? null
            : "a DNS name: labels of letters, digits and '-', at most 63 characters each, joined by dots";
    }

    /// <summary>RFC 1035 label in lower case; its length is for the field to bound.</summary>
    public static bool IsLabel(string value) =>
        value.Length > 0 && char.IsAsciiLetterLower(value[0]) && value[^1] != '-' && value.All(IsObjectCharacter);

    /// <summary>RFC 1123 subdomain in lower case.</summary>
    public static bool IsObjectName(string value) =>
        value.Split('.').All(label => label.Length > 0 && label[0] != '-' && label[^1] != '-' && label.All(IsObjectCharacter));

    /// <summary>The xn-- form of an internationalised name (RFC 5891); null where there is none.</summary>
    public static string? ToAscii(string value)
    {
        try
        {
            return Idn.GetAscii(value).ToLowerInvariant();
        }
        catch (ArgumentException)
        {
            return null;
        }
    }

    private static bool IsHostLabel(string label) =>
        label.Length is > 0 and <= 63 && label[0] != '-' && label[^1] != '-'
        && label.Skip(label[0] == '_' && label.Length > 1 ? 1 : 0).All(c => char.IsAsciiLetterOrDigit(c) || c == '-');

    private static bool IsObjectCharacter(char c) => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-';
}
