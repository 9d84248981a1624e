using RelayOperator.Api.Config;

namespace RelayOperator.Api.Checks;

/// <summary>What a HubTransport has to fulfil beyond the bounds of its single fields.</summary>
internal static class HubChecks
{
    public static IEnumerable<Func<HubTransport, IEnumerable<Finding>>> All { get; } =
    [
        // Passwords go over verified TLS only.
        Credentials,
        // A login is of one kind.
        Kind,
        // XOAUTH2 is the mechanism that takes a token.
        Mechanism,
        // There is nothing to look up about an address.
        Discovery,
        // Only service names have labels that begin with '_' (RFC 2782).
        ServiceName,
        // What is never looked at would only seem to protect.
        Verification,
    ];

    private static IEnumerable<Finding> Credentials(HubTransport hub)
    {
        if (hub.Spec is { Credentials: not null, Tls.Mode: not (HubTlsMode.Required or HubTlsMode.Implicit) })
        {
            yield return new("spec.tls.mode", $"{hub.Spec.Tls.Mode} with spec.credentials", "Required or Implicit with spec.credentials: passwords go to verified hubs only");
        }
    }

    private static IEnumerable<Finding> Kind(HubTransport hub)
    {
        if (hub.Spec.Credentials is { } login && login.SecretRef is null == login.Oauth2 is null)
        {
            var found = login.SecretRef is null ? "neither secretRef nor oauth2" : "both secretRef and oauth2";
            yield return new("spec.credentials", found, "exactly one of secretRef and oauth2", "spec.credentials.secretRef", "spec.credentials.oauth2");
        }
    }

    private static IEnumerable<Finding> Mechanism(HubTransport hub)
    {
        if (hub.Spec.Credentials is { Oauth2: not null, Mechanism: not (SaslMechanismName.Auto or SaslMechanismName.XOAuth2) and var mechanism })
        {
            yield return new("spec.credentials.mechanism", $"{mechanism} with oauth2", "Auto or XOAuth2 with oauth2, or secretRef in its place");
        }
    }

    private static IEnumerable<Finding> Discovery(HubTransport hub)
    {
        if (hub.Spec.Discovery != HubDiscovery.Static && IpText.TryParse(hub.Spec.Host, out _))
        {
            yield return new("spec.host", hub.Spec.Host, $"a DNS name, which discovery {hub.Spec.Discovery} looks up", "spec.discovery");
        }
    }

    private static IEnumerable<Finding> ServiceName(HubTransport hub)
    {
        if (hub.Spec.Discovery != HubDiscovery.DnsSrv && hub.Spec.Host.Contains('_', StringComparison.Ordinal))
        {
            yield return new("spec.host", hub.Spec.Host, "a host name without '_', unless discovery is DnsSrv", "spec.discovery");
        }
    }

    private static IEnumerable<Finding> Verification(HubTransport hub)
    {
        var tls = hub.Spec.Tls;
        if (tls is { CaSecretRef: not null, Mode: HubTlsMode.Disabled or HubTlsMode.Opportunistic })
        {
            yield return new("spec.tls.mode", $"{tls.Mode} with caSecretRef", "Required or Implicit with caSecretRef: the other modes do not verify the hub");
        }

        if (tls is { ClientCertificateSecretRef: not null, Mode: HubTlsMode.Disabled })
        {
            yield return new("spec.tls.mode", "Disabled with clientCertificateSecretRef", "Opportunistic, Required or Implicit with clientCertificateSecretRef");
        }
    }
}
