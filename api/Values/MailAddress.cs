namespace RelayOperator.Api;

/// <summary>A mail address that the pool itself writes to: a dot-atom local part and a domain (RFC 5321 §4.1.2), in ASCII.</summary>
public static class MailAddress
{
    private const string AtomSigns = "!#$%&'*+-/=?^_`{|}~";

    internal static string? Allowed(string value)
    {
        var at = value.LastIndexOf('@');
        if (at <= 0)
        {
            return "a mail address such as postmaster@corp.example";
        }

        // RFC 5321 §4.5.3.1.1: 64 octets of local part.
        if (at > 64 || !value[..at].Split('.').All(atom => atom.Length > 0 && atom.All(IsAtomText)))
        {
            return "before the '@', at most 64 letters, digits and !#$%&'*+-/=?^_`{|}~, joined by single dots";
        }

        return DnsName.Allowed(value[(at + 1)..]) is { } domain ? $"behind the '@', {domain}" : null;
    }

    private static bool IsAtomText(char c) => char.IsAsciiLetterOrDigit(c) || AtomSigns.Contains(c, StringComparison.Ordinal);
}
