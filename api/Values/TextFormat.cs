namespace RelayOperator.Api;

/// <summary>What a text field may hold.</summary>
public enum TextFormat
{
    /// <summary>Any text.</summary>
    Any,

    /// <summary>A DNS label as RFC 1035 has it: lower-case letters, digits and '-', beginning with a letter.</summary>
    DnsLabel,

    /// <summary>A Kubernetes object name: DNS labels (RFC 1123), joined by dots.</summary>
    ObjectName,

    /// <summary>A DNS name, in ASCII.</summary>
    HostName,

    /// <summary>A DNS name or an IP address.</summary>
    Host,

    /// <summary>An IP address.</summary>
    Address,

    /// <summary>A network such as 10.20.0.0/16.</summary>
    Cidr,

    /// <summary>A domain, or "*." and a domain for all its subdomains.</summary>
    DomainPattern,

    /// <summary>A mail address, local@domain.</summary>
    MailAddress,

    /// <summary>A name that a certificate carries: printable, without blanks around it.</summary>
    CertificateName,

    /// <summary>Name of a header field of one's own, X- and letters, digits or '-'.</summary>
    OwnField,

    /// <summary>An https URL of a DNS name or IPv4 address, without user or fragment.</summary>
    HttpsUrl,

    /// <summary>A Kubernetes quantity of bytes, such as 10Gi.</summary>
    Quantity,
}
