using System.CommandLine.Parsing;
using System.Net;
using RelayOperator.Api;

namespace RelayOperator.Relay.Commands;

/// <summary>Values of options that are addresses; a wrong one is refused with what is allowed.</summary>
internal static class AddressArgument
{
    /// <summary>The value of an option that names a server to connect to.</summary>
    public static HostPort? Server(ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        if (HostPort.Parse(text) is { } parsed)
        {
            return parsed;
        }

        result.AddError($"'{text}' is not HOST:PORT, such as 127.0.0.1:2525, relay.example:25 or [::1]:25.");
        return null;
    }

    /// <summary>The value of an option that names a local address to listen on; port 0 asks for a free one.</summary>
    public static IPEndPoint? Listen(ArgumentResult result)
    {
        if (Server(result) is not { } parsed)
        {
            return null;
        }

        if (parsed.EndPoint() is { } address)
        {
            return address;
        }

        result.AddError($"'{result.Tokens[0].Value}' does not begin with an IP address, such as 127.0.0.1:2526, 0.0.0.0:2526 or [::]:2526.");
        return null;
    }

    /// <summary>The value of an option that is a bare IP address.</summary>
    public static IPAddress? Address(ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        if (IPAddress.TryParse(text, out var address))
        {
            return address;
        }

        result.AddError($"'{text}' is not an IP address, such as 127.0.0.1 or ::1.");
        return null;
    }
}
