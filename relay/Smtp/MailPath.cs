using System.Buffers;
using System.Globalization;
using System.Text;
using RelayOperator.Api;

namespace RelayOperator.Relay.Smtp;

/// <summary>
/// A reverse or forward path (RFC 5321 §4.1.2). Source routes are taken and dropped (appendix C); everything else is
/// kept as it was written, since the hub is the one that knows its mailboxes.
/// </summary>
public sealed class MailPath
{
    private static readonly SearchValues<char> NotInLiteral = SearchValues.Create("[]\\<>");

    private const int MaxPath = 256;
    private const int MaxLocalPart = 64;
    private const int MaxDomain = 255;

    private readonly int _at;

    private MailPath(string address, int at)
    {
        _at = at;
        Address = address;
        NeedsUtf8 = !Ascii.IsValid(address);
        var domain = at < 0 ? "" : address[(at + 1)..].ToLower(CultureInfo.InvariantCulture);
        Domain = NeedsUtf8 ? DnsName.ToAscii(domain) ?? domain : domain;
    }

    /// <summary>The null sender, <c>&lt;&gt;</c>.</summary>
    public static MailPath Null { get; } = new("", -1);

    /// <summary>What stands between the angle brackets, the source route dropped; "" for the null sender.</summary>
    public string Address { get; }

    /// <summary>As it was written, quotes included.</summary>
    public string LocalPart => _at < 0 ? Address : Address[.._at];

    /// <summary>Lower case and in ASCII (RFC 5891), to be matched; an address literal with its brackets; "" for Postmaster and the null sender.</summary>
    public string Domain { get; }

    public bool IsNull => Address.Length == 0;

    /// <summary>Has characters outside ASCII: only allowed with SMTPUTF8 (RFC 6531).</summary>
    public bool NeedsUtf8 { get; }

    public override string ToString() => $"<{Address}>";

    /// <summary>
    /// Reads a path at the start of <paramref name="text"/>; <paramref name="rest"/> is what follows it.
    /// </summary>
    /// <param name="text">Behind <c>FROM:</c> or <c>TO:</c>.</param>
    /// <param name="forward">A forward path may be <c>&lt;Postmaster&gt;</c> but not null; a reverse path the other way round.</param>
    /// <param name="path">The path.</param>
    /// <param name="rest">Parameters, from their blank on.</param>
    public static bool TryParse(ReadOnlySpan<char> text, bool forward, out MailPath? path, out ReadOnlySpan<char> rest)
    {
        path = null;
        rest = default;
        if (text.Length < 2 || text[0] != '<')
        {
            return false;
        }

        var end = EndOfPath(text);
        if (end < 0 || Encoding.UTF8.GetByteCount(text[..(end + 1)]) > MaxPath)
        {
            return false;
        }

        rest = text[(end + 1)..];
        if (rest.Length != 0 && rest[0] != ' ')
        {
            return false;
        }

        if (end == 1)
        {
            path = forward ? null : Null;
            return !forward;
        }

        var inner = text[1..end];
        if (!TryDropSourceRoute(ref inner))
        {
            return false;
        }

        var at = AtSign(inner);
        if (at < 0)
        {
            // RFC 5321 §4.1.1.3: the one recipient that needs no domain.
            path = forward && inner.Equals("postmaster", StringComparison.OrdinalIgnoreCase) ? new MailPath(inner.ToString(), -1) : null;
            return path is not null;
        }

        if (!IsLocalPart(inner[..at]) || !IsDomain(inner[(at + 1)..]))
        {
            return false;
        }

        path = new MailPath(inner.ToString(), at);
        return true;
    }

    // The closing bracket that no quoted string holds.
    private static int EndOfPath(ReadOnlySpan<char> text)
    {
        var quoted = false;
        for (var i = 1; i < text.Length; i++)
        {
            switch (text[i])
            {
                case '\\' when quoted:
                    i++;
                    break;
                case '"':
                    quoted = !quoted;
                    break;
                case '>' when !quoted:
                    return i;
            }
        }

        return -1;
    }

    // "@" domain *( "," "@" domain ) ":" in front of the mailbox (RFC 5321 §4.1.2, appendix C); false for a broken one.
    private static bool TryDropSourceRoute(ref ReadOnlySpan<char> inner)
    {
        while (inner is ['@', ..])
        {
            // An address literal has colons of its own.
            var end = inner is ['@', '[', ..] ? inner.IndexOf(']') + 1 : inner.IndexOfAny(',', ':');
            if (end <= 0 || end + 1 >= inner.Length || !IsDomain(inner[1..end]))
            {
                return false;
            }

            var separator = inner[end];
            inner = inner[(end + 1)..];
            if (separator != ',')
            {
                return separator == ':';
            }

            if (inner[0] != '@')
            {
                return false;
            }
        }

        return true;
    }

    private static int AtSign(ReadOnlySpan<char> inner)
    {
        if (inner[0] != '"')
        {
            return inner.LastIndexOf('@');
        }

        for (var i = 1; i < inner.Length; i++)
        {
            if (inner[i] == '\\')
            {
                i++;
            }
            else if (inner[i] == '"')
            {
                return i + 1 < inner.Length && inner[i + 1] == '@' ? i + 1 : -1;
            }
        }

        return -1;
    }

    private static bool IsLocalPart(ReadOnlySpan<char> text)
    {
        if (text.IsEmpty || Encoding.UTF8.GetByteCount(text) > MaxLocalPart)
        {
            return false;
        }

        // Where it begins with a quote, AtSign has seen that it ends with one; control characters are in neither form.
        var quoted = text[0] == '"';
        foreach (var c in text)
        {
            // Dots may stand anywhere: what such mailboxes mean is the hub's to say, not the relay's.
            if (char.IsControl(c) || (!quoted && " ()<>[]:;@\\,\"".Contains(c, StringComparison.Ordinal)))
            {
                return false;
            }
        }

        return true;
    }

    private static bool IsDomain(ReadOnlySpan<char> text)
    {
        if (text.IsEmpty || Encoding.UTF8.GetByteCount(text) > MaxDomain)
        {
            return false;
        }

        if (text[0] == '[')
        {
            return text.Length > 2 && text[^1] == ']'
                && !text[1..^1].ContainsAny(NotInLiteral) && !text.ContainsAnyExceptInRange('!', '~');
        }

        var label = 0;
        foreach (var c in text)
        {
            if (c == '.')
            {
                if (label == 0)
                {
                    return false;
                }

                label = 0;
            }
            else if (char.IsAsciiLetterOrDigit(c) || c is '-' or '_' || c > '\u009f')
            {
                label++;
            }
            else
            {
                return false;
            }
        }

        return label != 0;
    }
}
