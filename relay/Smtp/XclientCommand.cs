using System.Net;
using RelayOperator.Api.Users;
using RelayOperator.Relay.Notifications;

namespace RelayOperator.Relay.Smtp;

/// <summary>
/// The argument of XCLIENT, by which a trusted client tells whom it speaks for (Postfix's XCLIENT_README). What is not
/// told stays as it was.
/// </summary>
/// <param name="Client">ADDR; null where it is not told.</param>
/// <param name="IsUnknown">ADDR says that nobody knows it.</param>
/// <param name="Helo">HELO; null where it is not told or not known.</param>
/// <param name="Login">LOGIN; null where it is not told, or nobody has authenticated.</param>
public sealed record XclientCommand(IPAddress? Client, bool IsUnknown, string? Helo, string? Login)
{
    private const string Ipv6Prefix = "IPV6:";

    /// <summary>The attributes as EHLO offers them.</summary>
    public const string Attributes = "NAME ADDR PORT PROTO HELO LOGIN DESTADDR DESTPORT";

    /// <summary>Reads it; false where it is none.</summary>
    public static bool TryParse(string argument, out XclientCommand? command)
    {
        (IPAddress? Client, bool IsUnknown, string? Helo, string? Login) told = default;
        command = null;
        if (argument.Length == 0)
        {
            return false;
        }

        foreach (var word in argument.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = word.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0)
            {
                return false;
            }

            var value = Xtext.Decode(word.AsSpan(equals + 1));
            var isKnown = !value.Equals("[UNAVAILABLE]", StringComparison.OrdinalIgnoreCase) && !value.Equals("[TEMPUNAVAIL]", StringComparison.OrdinalIgnoreCase);
            foreach (var c in value)
            {
                if (char.IsControl(c))
                {
                    return false;
                }
            }

            switch (word[..equals].ToUpperInvariant())
            {
                case "ADDR" when !isKnown:
                    (told.Client, told.IsUnknown) = (null, true);
                    break;
                case "ADDR":
                    if (Address(value) is not { } address)
                    {
                        return false;
                    }

                    (told.Client, told.IsUnknown) = (address, false);
                    break;
                case "HELO":
                    told.Helo = isKnown && value.Length is > 0 and <= 255 ? value : null;
                    break;
                case "LOGIN" when !isKnown || value.Length == 0:
                    told.Login = null;
                    break;
                case "LOGIN":
                    if (!UsersFile.IsName(value))
                    {
                        return false;
                    }

                    told.Login = value;
                    break;
                case "NAME" or "PORT" or "PROTO" or "DESTADDR" or "DESTPORT":
                    break; // Nothing is decided by them.
                default:
                    return false;
            }
        }

        command = new XclientCommand(told.Client, told.IsUnknown, told.Helo, told.Login);
        return true;
    }

    private static IPAddress? Address(string text)
    {
        var isIpv6 = text.StartsWith(Ipv6Prefix, StringComparison.OrdinalIgnoreCase);
        var plain = isIpv6 ? text[Ipv6Prefix.Length..] : text;
        if (!IPAddress.TryParse(plain, out var address) || plain.AsSpan().ContainsAny('%', '[', ']'))
        {
            return null;
        }

        var mapped = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        // 10.1 and 012.0.0.1 mean different things to different readers.
        return isIpv6 || plain.Contains(':', StringComparison.Ordinal) || address.ToString() == plain ? mapped : null;
    }
}
