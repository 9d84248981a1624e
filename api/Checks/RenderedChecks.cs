using System.Net;
using RelayOperator.Api.Config;
using RelayOperator.Api.Users;

namespace RelayOperator.Api.Checks;

/// <summary>What the fields of a pool.json have to fulfil together, so that a relay can serve it.</summary>
internal static class RenderedChecks
{
    public static void Run(RenderedPool pool, RenderedObject top)
    {
        var config = pool.Config;
        HandOver(pool.HandOver, top);
        if (config.Listeners.IsEmpty)
        {
            top.Fault("config.listeners", "nothing", "at least one listener");
        }

        Once(top, "config.listeners", "name", config.Listeners.Select(listener => listener.Name));
        Once(top, "config.listeners", "port", config.Listeners.Select(listener => $"{listener.Port}"));
        Once(top, "config.access", "name", config.Access.Select(rule => rule.Name));
        Once(top, "config.hubs", "name", config.Hubs.Select(hub => hub.Name));
        Once(top, "config.routes", "name", config.Routes.Select(route => route.Name));
        Networks(config, top);
        Routes(config, top);
        for (var i = 0; i < config.Listeners.Length; i++)
        {
            Listener(config.Listeners[i], $"config.listeners[{i}]", top);
        }

        for (var i = 0; i < config.Hubs.Length; i++)
        {
            Hub(config.Hubs[i], $"config.hubs[{i}]", top);
        }

        Spool(config, top);
        if (config.Health.Ejection is var ejection && ejection.MaxSeconds < ejection.BaseSeconds)
        {
            top.Fault("config.health.ejection.maxSeconds", $"{ejection.MaxSeconds}", $"at least baseSeconds, {ejection.BaseSeconds}");
        }
    }

    private static void Once(RenderedObject top, string list, string field, IEnumerable<string> values)
    {
        var seen = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var (value, i) in values.Select((value, i) => (value, i)))
        {
            if (value.Length > 0 && !seen.TryAdd(value, i))
            {
                top.Fault($"{list}[{i}].{field}", $"{FoundText.Plain(value)} a second time", $"each {field} once; {list}[{seen[value]}] has it already");
            }
        }
    }

    private static void Networks(PoolConfig config, RenderedObject top)
    {
        var seen = new Dictionary<IPNetwork, int>();
        for (var i = 0; i < config.Access.Length; i++)
        {
            if (config.Access[i].ClientCidrs.IsEmpty)
            {
                top.Fault($"config.access[{i}].clientCidrs", "nothing", "at least one network");
            }

            foreach (var network in config.Access[i].ClientCidrs)
            {
                if (!seen.TryAdd(network, i) && seen[network] != i)
                {
                    top.Fault($"config.access[{i}].clientCidrs", $"{network} a second time", $"each network in one rule; config.access[{seen[network]}] has it already");
                }
            }
        }
    }

    private static void Routes(PoolConfig config, RenderedObject top)
    {
        if (config.Routes is not [{ Name: RouteConfig.Default }, ..])
        {
            top.Fault("config.routes", "another first route, or none", $"the route {RouteConfig.Default} first");
        }

        var hubs = config.Hubs.Select(hub => hub.Name).ToHashSet(StringComparer.Ordinal);
        var domains = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var i = 0; i < config.Routes.Length; i++)
        {
            foreach (var hub in config.Routes[i].Hubs.Where(hub => !hubs.Contains(hub)))
            {
                top.Fault($"config.routes[{i}].hubs", FoundText.Plain(hub), "the names of config.hubs");
            }

            foreach (var domain in config.Routes[i].RecipientDomains.Where(domain => !domains.TryAdd(domain, i) && domains[domain] != i))
            {
                top.Fault($"config.routes[{i}].recipientDomains", $"{domain} a second time", $"each domain in one route; config.routes[{domains[domain]}] has it already");
            }
        }

        for (var i = 0; i < config.Access.Length; i++)
        {
            if (config.Access[i].Route is { Length: > 0 } route && !config.Routes.Any(known => known.Name == route))
            {
                top.Fault($"config.access[{i}].route", FoundText.Plain(route), "the names of config.routes");
            }
        }
    }

    private static void Listener(ListenerConfig listener, string at, RenderedObject top)
    {
        if (listener.Auth is { Users.Length: > 0 } auth && UsersFile.Parse(auth.Users).Faults is { IsEmpty: false } faults)
        {
            top.Fault($"{at}.auth.users", $"users of which {UsersFile.Told(faults)}", "one user a line, name:hash");
        }

        if (listener.Tls is not { } tls)
        {
            if (listener.Protocol == ListenerProtocol.SMTPS)
            {
                top.Fault($"{at}.tls", "nothing", "an object with certificates, which protocol SMTPS needs");
            }

            return;
        }

        if (tls.Certificates.IsEmpty)
        {
            top.Fault($"{at}.tls.certificates", "nothing", "at least one certificate with its key");
        }

        for (var i = 0; i < tls.Certificates.Length; i++)
        {
            if (!PemText.IsPair(tls.Certificates[i].CertificatePem, tls.Certificates[i].KeyPem))
            {
                top.Fault($"{at}.tls.certificates[{i}]", "no certificate with its key", "PEM texts that belong together, the key under keyPem");
            }
        }

        if (tls.ClientCaPem.Length > 0 && PemText.Certificates(tls.ClientCaPem) is not > 0)
        {
            top.Fault($"{at}.tls.clientCaPem", "a text without a readable certificate", "PEM texts of certificates");
        }
    }

    private static void Hub(HubConfig hub, string at, RenderedObject top)
    {
        // Passwords go over verified TLS only.
        if (hub is { Credentials: not null, Tls.Mode: not (HubTlsMode.Required or HubTlsMode.Implicit) })
        {
            top.Fault($"{at}.tls.mode", $"{hub.Tls.Mode} with credentials", "Required or Implicit with credentials");
        }

        if (hub.Credentials is { Oauth2: { } oauth2, Mechanism: var mechanism })
        {
            if (mechanism is not (SaslMechanismName.Auto or SaslMechanismName.XOAuth2))
            {
                top.Fault($"{at}.credentials.mechanism", $"{mechanism} with oauth2", "Auto or XOAuth2 with oauth2");
            }

            if (hub.Credentials.Password.Length > 0)
            {
                top.Fault($"{at}.credentials", "both a password and oauth2", "exactly one of password and oauth2");
            }

            if (oauth2.CaPem.Length > 0 && PemText.Certificates(oauth2.CaPem) is not > 0)
            {
                top.Fault($"{at}.credentials.oauth2.caPem", "a text without a readable certificate", "PEM texts of certificates");
            }
        }

        if (hub.Tls.CaPem.Length > 0 && PemText.Certificates(hub.Tls.CaPem) is not > 0)
        {
            top.Fault($"{at}.tls.caPem", "a text without a readable certificate", "PEM texts of certificates");
        }

        if ((hub.Tls.ClientCertificatePem.Length > 0 || hub.Tls.ClientKeyPem.Length > 0) && !PemText.IsPair(hub.Tls.ClientCertificatePem, hub.Tls.ClientKeyPem))
        {
            top.Fault($"{at}.tls.clientCertificatePem", "no certificate with its key", "PEM texts that belong together, the key under clientKeyPem");
        }
    }

    private static void Spool(PoolConfig config, RenderedObject top)
    {
        if (config is { Spool: null, Delivery.Mode: DeliveryMode.StoreAndForward })
        {
            top.Fault("config.delivery.mode", "StoreAndForward without a spool", "CutThrough, or StoreAndForward with config.spool");
        }

        if (config is { Postmaster: "", Delivery.Notifications: NotificationMode.Postmaster })
        {
            top.Fault("config.delivery.notifications", "Postmaster without a postmaster", "Sender or None, or Postmaster with config.postmaster");
        }

        if (config.Spool is not { } spool)
        {
            return;
        }

        if (spool.StorageBytes > 0 == spool.PostgresUri.Length > 0)
        {
            top.Fault("config.spool", spool.StorageBytes > 0 ? "both storageBytes and postgresUri" : "neither storageBytes nor postgresUri", "exactly one of storageBytes and postgresUri");
        }
        else if (spool.PostgresUri.Length > 0 && PostgresAddress.Parse(spool.PostgresUri, out var fault) is null)
        {
            top.Fault("config.spool.postgresUri", $"a text that {fault}", "postgresql://user:password@host:port/database");
        }
    }

    private static void HandOver(HandOverConfig? handOver, RenderedObject top)
    {
        if (handOver is null)
        {
            return;
        }

        if (handOver is { CertificatePem.Length: > 0, KeyPem.Length: > 0 } && !PemText.IsPair(handOver.CertificatePem, handOver.KeyPem))
        {
            top.Fault("handOver.certificatePem", "no certificate with its key", "PEM texts that belong together, the key under keyPem");
        }

        foreach (var (name, address) in handOver.Peers)
        {
            if (!IPEndPoint.TryParse(address, out var endPoint) || endPoint.Port == 0)
            {
                top.Fault($"handOver.peers.{name}", FoundText.Plain(address), $"an address and port such as 10.0.0.7:{HandOverConfig.Port}");
            }
        }
    }
}
