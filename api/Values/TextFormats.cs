namespace RelayOperator.Api;

/// <summary>Judges texts by their format. Pure: null means good, anything else says what is allowed.</summary>
public static class TextFormats
{
    /// <summary>What is allowed instead of <paramref name="value"/>; null where it is right.</summary>
    public static string? Allowed(TextFormat format, string value) => format switch
    {
        TextFormat.Any => null,
        TextFormat.DnsLabel => DnsName.IsLabel(value)
            ? null
            : "lower-case letters, digits and '-', beginning with a letter and ending with a letter or digit",
        TextFormat.ObjectName => DnsName.IsObjectName(value)
            ? null
            : "lower-case letters, digits, '-' and '.', beginning and ending with a letter or digit",
        TextFormat.HostName => DnsName.Allowed(value),
        TextFormat.Host => Host(value),
        TextFormat.Address => IpText.Allowed(value),
        TextFormat.Cidr => CidrBlock.Allowed(value),
        TextFormat.DomainPattern => DomainPattern.Allowed(value),
        TextFormat.MailAddress => MailAddress.Allowed(value),
        TextFormat.CertificateName => IsCertificateName(value) ? null : "a name as it stands in the certificate, without blanks around it",
        TextFormat.OwnField => IsOwnField(value) ? null : "a field name of your own: X-, then letters, digits and '-'",
        TextFormat.HttpsUrl => HttpsUrl.Parse(value) is not null ? null : "an https URL of a DNS name or IPv4 address, such as https://login.example.com/token",
        TextFormat.Quantity => Quantity.IsBytes(value) ? null : "a quantity of bytes above 0, such as 10Gi or 500Mi",
        _ => null,
    };

    /// <summary>What the reference says of a format; empty where any text will do.</summary>
    public static string Describe(TextFormat format) => format switch
    {
        TextFormat.DnsLabel => "DNS label",
        TextFormat.ObjectName => "object name",
        TextFormat.HostName => "DNS name",
        TextFormat.Host => "DNS name or IP address",
        TextFormat.Address => "IP address",
        TextFormat.Cidr => "CIDR",
        TextFormat.DomainPattern => "domain or `*.`domain",
        TextFormat.MailAddress => "mail address",
        TextFormat.CertificateName => "name of a certificate",
        TextFormat.OwnField => "header field X-…",
        TextFormat.HttpsUrl => "https URL",
        TextFormat.Quantity => "quantity of bytes",
        _ => "",
    };

    private static bool IsCertificateName(string value) =>
        value.Length > 0 && value[0] != ' ' && value[^1] != ' ' && value.All(c => c is >= ' ' and not (char)127);

    private static bool IsOwnField(string value) =>
        value.Length > 2 && value.StartsWith("X-", StringComparison.OrdinalIgnoreCase) && value.All(c => char.IsAsciiLetterOrDigit(c) || c == '-');

    private static string? Host(string value)
    {
        if (IpText.TryParse(value, out _))
        {
            return IpText.Allowed(value);
        }

        if (value.AsSpan().ContainsAny(':', '/', '['))
        {
            return "a DNS name or an IP address alone, without scheme, brackets or port; the port has a field of its own";
        }

        // No top-level domain is made of digits alone, so what ends in a number was meant as an address.
        var last = value[(value.LastIndexOf('.') + 1)..];
        return last.Length > 0 && last.All(char.IsAsciiDigit) ? IpText.Allowed(value) : DnsName.Allowed(value);
    }
}
