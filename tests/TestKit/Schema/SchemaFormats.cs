using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace RelayOperator.TestKit.Schema;

/// <summary>The formats of texts and numbers that schemas here use. As lenient as an API server: a CIDR may have bits behind its prefix.</summary>
public static class SchemaFormats
{
    private static readonly string[] Known = ["int32", "int64", "ipv4", "ipv6", "cidr", "date-time"];

    public static bool IsKnown(string format) => Known.Contains(format, StringComparer.Ordinal);

    /// <summary>Whether a text is of the format; a format of numbers, or none, takes any.</summary>
    public static bool IsOf(string format, string text) => format switch
    {
        "ipv4" => IsAddress(text, AddressFamily.InterNetwork),
        "ipv6" => IsAddress(text, AddressFamily.InterNetworkV6),
        "cidr" => IsNetwork(text),
        "date-time" => DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.None, out _) && text.Contains('T', StringComparison.Ordinal),
        _ => true,
    };

    private static bool IsNetwork(string text) =>
        text.Split('/') is [var address, var prefix]
        && int.TryParse(prefix, NumberStyles.None, CultureInfo.InvariantCulture, out var bits)
        && (IsAddress(address, AddressFamily.InterNetwork) ? bits <= 32 : IsAddress(address, AddressFamily.InterNetworkV6) && bits <= 128);

    private static bool IsAddress(string text, AddressFamily family) =>
        IPAddress.TryParse(text, out var address) && address.AddressFamily == family
        && (family == AddressFamily.InterNetworkV6 ? !text.Contains('[', StringComparison.Ordinal) && !text.Contains('%', StringComparison.Ordinal) : text.Split('.').Length == 4);
}
