namespace RelayOperator.Api;

/// <summary>Which domains are meant: one domain, or "*." and a domain for all its subdomains, at any depth, without itself.</summary>
public static class DomainPattern
{
    private const string Example = "a domain such as partner.example, or *.partner.example for its subdomains";

    /// <summary>The form in which patterns are compared.</summary>
    public static string Normalize(string value) => value.ToLowerInvariant();

    internal static string? Allowed(string value)
    {
        if (value == "*")
        {
            return $"{Example}; leave the list out to mean any domain";
        }

        var at = value.IndexOf('@', StringComparison.Ordinal);
        if (at >= 0)
        {
            return at < value.Length - 1 && DnsName.Allowed(value[(at + 1)..]) is null
                ? $"the domain alone, {value[(at + 1)..]}"
                : Example;
        }

        var wildcard = value.StartsWith("*.", StringComparison.Ordinal);
        var domain = wildcard ? value[2..] : value;
        if (!System.Text.Ascii.IsValid(domain) && DnsName.ToAscii(domain) is { } ascii)
        {
            return $"the ASCII form, {(wildcard ? "*." : "")}{ascii}";
        }

        return DnsName.Allowed(domain) switch
        {
            null => null,
            "the name without its last dot" => "the domain without its last dot",
            _ => domain.StartsWith('.') && DnsName.Allowed(domain[1..]) is null ? $"*{domain}" : Example,
        };
    }
}
