using System.CommandLine.Parsing;
using System.Globalization;
using System.Net;

namespace RelayOperator.Relay.Commands;

/// <summary>HOST:PORT as written on a command line; an IPv6 address stands in brackets: [::1]:25.</summary>
public sealed record HostPort(string Host, int Port)
{
    /// <summary>The value of an option that names a server to connect to.</summary>
    public static HostPort? Parse(ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
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

        if (host.Length > 0 && ushort.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port))
        {
            return new HostPort(host, port);
        }

        result.AddError($"'{text}' is not HOST:PORT, such as 127.0.0.1:2525, relay.example:25 or [::1]:25.");
        return null;
    }

    /// <summary>The value of an option that names a local address to listen on; port 0 asks for a free one.</summary>
    public static IPEndPoint? ParseListen(ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        if (Parse(result) is not { } parsed)
        {
            return null;
        }

        if (IPAddress.TryParse(parsed.Host, out var address))
        {
            return new IPEndPoint(address, parsed.Port);
        }

        result.AddError($"'{text}' does not begin with an IP address, such as 127.0.0.1:2526, 0.0.0.0:2526 or [::]:2526.");
        return null;
    }

    /// <summary>The value of an option that is a bare IP address.</summary>
    public static IPAddress? ParseAddress(ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        if (IPAddress.TryParse(text, out var address))
        {
            return address;
        }

        result.AddError($"'{text}' is not an IP address, such as 127.0.0.1 or ::1.");
        return null;
    }

    public override string ToString() => Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]:{Port}" : $"{Host}:{Port}";
}
