using System.Collections.Immutable;
using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace RelayOperator.Relay.TransportSecurity;

/// <summary>The names in a certificate (RFC 5280 §4.1.2.6, §4.2.1.6).</summary>
public static class CertificateNames
{
    private const string AlternativeNames = "2.5.29.17";
    private const string CommonName = "2.5.4.3";

    private static readonly Asn1Tag Mail = new(TagClass.ContextSpecific, 1);
    private static readonly Asn1Tag Dns = new(TagClass.ContextSpecific, 2);

    /// <summary>DNS names among the alternative ones, in their order: what a server's certificate is for.</summary>
    public static ImmutableArray<string> DnsNames(X509Certificate2 certificate) => Alternative(certificate, Dns);

    /// <summary>Everything that a client may be known by: DNS and e-mail names, and the common names of the subject.</summary>
    public static ImmutableArray<string> OfClient(X509Certificate2 certificate) =>
        [.. Alternative(certificate, Dns), .. Alternative(certificate, Mail), .. CommonNames(certificate)];

    private static ImmutableArray<string> Alternative(X509Certificate2 certificate, Asn1Tag wanted)
    {
        if (certificate.Extensions[AlternativeNames] is not { } extension)
        {
            return [];
        }

        var names = ImmutableArray.CreateBuilder<string>();
        try
        {
            var sequence = new AsnReader(extension.RawData, AsnEncodingRules.DER).ReadSequence();
            while (sequence.HasData)
            {
                if (sequence.PeekTag().HasSameClassAndValue(wanted))
                {
                    names.Add(sequence.ReadCharacterString(UniversalTagNumber.IA5String, wanted));
                }
                else
                {
                    sequence.ReadEncodedValue();
                }
            }
        }
        catch (AsnContentException)
        {
            return []; // Half a list is none: who made it did not mean what it says.
        }

        return names.ToImmutable();
    }

    private static IEnumerable<string> CommonNames(X509Certificate2 certificate)
    {
        foreach (var part in certificate.SubjectName.EnumerateRelativeDistinguishedNames())
        {
            if (!part.HasMultipleElements && part.GetSingleElementType().Value == CommonName && Text(part) is { } name)
            {
                yield return name;
            }
        }
    }

    private static string? Text(X500RelativeDistinguishedName part)
    {
        try
        {
            return part.GetSingleElementValue();
        }
        catch (CryptographicException)
        {
            return null;
        }
    }
}
