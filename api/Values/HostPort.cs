using System.Globalization;
using System.Net;

namespace RelayOperator.Api;

/// <summary>HOST:PORT as written on a command line; an IPv6 address stands in brackets: [::1]:25.</summary>
public sealed record HostPort(string Host, int Port)
{
    /// <summary>Null where the text is none.</summary>
    public static HostPort? Parse(string text)
    {
        var colon = text.LastIndexOf(':');
        var host = colon < 0 ? "" : text[..colon];
        if (host is ['[', .., ']'])
        {
            host = host[1..^1];
        }
        else if (host.Contains(':', StringComparison.Ordinal))
        {
            host = "";
        }

        return host.Length > 0 && ushort.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            ? new HostPort(host, port)
            : null;
    }

    /// <summary>As an address to listen on; null where the host is a name.</summary>
    public IPEndPoint? EndPoint() => IPAddress.TryParse(Host, out var address) ? new IPEndPoint(address, Port) : null;

    public override string ToString() => Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]:{Port}" : $"{Host}:{Port}";
}
