using System.Collections.Immutable;

namespace RelayOperator.Relay.TransportSecurity;

/// <summary>What is known of a client's TLS.</summary>
/// <param name="Version">1.2 or 1.3.</param>
/// <param name="Cipher">The cipher suite's name as IANA has it.</param>
/// <param name="ClientNames">Names of the verified client certificate; empty without one.</param>
/// <param name="CertificateFault">Why the certificate that the client showed does not count; "" where it does, or there is none.</param>
public sealed record TlsFacts(string Version, string Cipher, ImmutableArray<string> ClientNames, string CertificateFault)
{
    /// <summary>Version and cipher, for tracking.</summary>
    public string Text { get; } = $"TLS{Version} {Cipher}";

    /// <summary>What a Received field says of it, behind the protocol; a comment, with a blank before it.</summary>
    public string Comment { get; } = $" (TLS{Version} cipher {Cipher})";

    /// <summary>The same for a client that another one, who has shown the certificate, speaks for.</summary>
    public TlsFacts WithoutCertificate() => this with { ClientNames = [], CertificateFault = "" };

    /// <summary>The client showed a certificate, verified or not.</summary>
    public bool ShowedCertificate => !ClientNames.IsEmpty || CertificateFault.Length != 0;
}
