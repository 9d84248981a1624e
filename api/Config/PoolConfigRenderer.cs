using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;

namespace RelayOperator.Api.Config;

/// <summary>
/// Turns a pool and what belongs to it into what a relay serves. Pure, and the same input gives the same output; expects
/// objects that have been validated.
/// </summary>
public static class PoolConfigRenderer
{
    /// <summary>The configuration of one relay; shares of limits with scope Pool are the whole, as for a single relay.</summary>
    public static PoolConfig Render(PoolObjects objects)
    {
        var (meta, spec) = (objects.Pool.Metadata, objects.Pool.Spec);
        ImmutableArray<RouteConfig> routes =
        [
            new RouteConfig(RouteConfig.Default, [], Names(objects.Selected(spec.Hubs))),
            .. spec.Routes.Select(route => new RouteConfig(route.Name, Domains(route.RecipientDomains), Names(objects.Selected(route.Hubs)))),
        ];
        var used = routes.SelectMany(route => route.Hubs).ToHashSet(StringComparer.Ordinal);
        var config = new PoolConfig
        {
            Name = meta.Name,
            Namespace = meta.Namespace,
            Uid = meta.Uid.Length > 0 ? meta.Uid : DerivedUid(meta.Namespace, meta.Name),
            HeloName = spec.HeloName.Length > 0 ? spec.HeloName : $"{meta.Name}.{meta.Namespace}",
            Postmaster = spec.Postmaster,
            Listeners = [.. spec.Listeners.Select(listener => Listener(listener, objects))],
            Access = [.. spec.Access.Select(rule => Access(rule, spec.Limits))],
            Hubs =
            [
                .. objects.Hubs.Where(hub => used.Contains(hub.Metadata.Name))
                    .OrderBy(hub => hub.Metadata.Name, StringComparer.Ordinal)
                    .Select(hub => Hub(hub, objects)),
            ],
            Routes = routes,
            Balancing = new BalancingConfig(
                spec.Balancing.Policy, spec.Balancing.ClientHashPrefix, spec.Balancing.ClientHashPrefixV6,
                spec.Balancing.PreferSameZone, spec.Balancing.SlowStartSeconds),
            Health = Health(spec.Health),
            Delivery = new DeliveryConfig(
                spec.Delivery.Mode, spec.Delivery.RetrySeconds, spec.Delivery.ExpireSeconds, spec.Delivery.DelayNoticeSeconds,
                spec.Delivery.MaxHops, spec.Delivery.Notifications),
            Spool = spec.Spool is not { } spool
                ? null
                : new SpoolConfig(
                    spool.Storage is null ? 0 : Quantity.Bytes(spool.Storage.Size),
                    objects.SecretText(spool.Postgres?.ConnectionSecretRef, "uri")),
            Limits = Limits(spec.Limits),
            HealthCheckCidrs = Networks(spec.Vip.HealthCheckCIDRs),
            DrainSeconds = spec.Vip.DrainSeconds,
            TerminationGraceSeconds = spec.Template.TerminationGracePeriodSeconds,
            Hash = "",
        };
        return config with { Hash = ConfigHash.Of(config) };
    }

    private static ListenerConfig Listener(ListenerSpec listener, PoolObjects objects) =>
        new(listener.Name, listener.Port, listener.Protocol)
        {
            Tls = ListenerTls(listener, objects),
            Auth = listener.Auth is { Mode: not ListenerAuthMode.Disabled } auth
                ? new ListenerAuthConfig(auth.Mode == ListenerAuthMode.Required, auth.AllowPlaintext, objects.SecretText(auth.UsersSecretRef, "users"))
                : null,
            ProxyCidrs = listener.ProxyProtocol.Mode == ProxyProtocolMode.Disabled ? [] : Networks(listener.ProxyProtocol.TrustedCIDRs),
            XclientCidrs = Networks(listener.Xclient.TrustedCIDRs),
        };

    private static ImmutableArray<System.Net.IPNetwork> Networks(ImmutableArray<string> cidrs) =>
        cidrs.IsEmpty ? [] : [.. cidrs.Select(System.Net.IPNetwork.Parse)];

    private static ListenerTlsConfig? ListenerTls(ListenerSpec listener, PoolObjects objects)
    {
        var tls = listener.Tls;
        if (listener.Protocol == ListenerProtocol.SMTP && tls.Mode == ListenerTlsMode.Disabled)
        {
            return null;
        }

        return new ListenerTlsConfig(
            listener.Protocol == ListenerProtocol.SMTPS || tls.Mode == ListenerTlsMode.Required,
            tls.MinTlsVersion,
            [.. tls.AdditionalSecretRefs.Prepend(tls.SecretRef!).Select(secret => new KeyPairConfig(objects.SecretText(secret, "tls.crt"), objects.SecretText(secret, "tls.key")))],
            objects.SecretText(tls.ClientCASecretRef, "ca.crt"));
    }

    private static AccessRuleConfig Access(AccessRuleSpec rule, LimitsSpec limits) => new()
    {
        Name = rule.Name,
        ClientCidrs = [.. rule.ClientCIDRs.Select(System.Net.IPNetwork.Parse)],
        RequireAuth = rule.RequireAuth,
        ClientCertificates = rule.ClientCertificates,
        RecipientDomains = Domains(rule.RecipientDomains),
        SenderDomains = Domains(rule.SenderDomains),
        MaxMessageBytes = Math.Min(rule.MaxMessageBytes ?? limits.MaxMessageBytes, limits.MaxMessageBytes),
        MaxRecipients = rule.MaxRecipients == 0 ? limits.MaxRecipients : Math.Min(rule.MaxRecipients, limits.MaxRecipients),
        MaxConnections = Math.Min(rule.MaxConnections ?? limits.MaxConnections, limits.MaxConnections),
        MessagesPerMinute = rule.MessagesPerMinute,
        BareLineEndings = rule.BareLineEndings,
        HeaderRepair = rule.HeaderRepair == new HeaderRepairSpec()
            ? null
            : new HeaderRepairConfig(rule.HeaderRepair.AddDate, rule.HeaderRepair.AddMessageId, rule.HeaderRepair.ClientAddressField),
        Route = rule.Route,
    };

    private static HubConfig Hub(HubTransport hub, PoolObjects objects)
    {
        var (spec, tls, limits) = (hub.Spec, hub.Spec.Tls, hub.Spec.Limits);
        return new HubConfig
        {
            Name = hub.Metadata.Name,
            Host = spec.Host,
            Port = spec.Port,
            Discovery = spec.Discovery,
            Weight = spec.Weight,
            Tier = spec.Tier,
            Zone = spec.Zone,
            State = spec.State,
            Tls = new HubTlsConfig(
                tls.Mode,
                tls.ServerName,
                objects.SecretText(tls.CaSecretRef, "ca.crt"),
                objects.SecretText(tls.ClientCertificateSecretRef, "tls.crt"),
                objects.SecretText(tls.ClientCertificateSecretRef, "tls.key")),
            Credentials = spec.Credentials is { } login ? Credentials(login, objects) : null,
            SendXclient = spec.SendXclient,
            Limits = new HubLimitsConfig(
                limits.MaxConnections, limits.MessagesPerMinute, limits.MaxMessagesPerConnection, limits.MaxConnectionAgeSeconds),
        };
    }

    private static HubCredentialsConfig Credentials(HubCredentialsSpec login, PoolObjects objects)
    {
        if (login.Oauth2 is not { } oauth2)
        {
            return new(login.Mechanism, objects.SecretText(login.SecretRef, "username"), objects.SecretText(login.SecretRef, "password"));
        }

        return new(login.Mechanism, objects.SecretText(oauth2.SecretRef, "username"), "")
        {
            Oauth2 = new(
                oauth2.TokenUrl,
                oauth2.ClientId,
                objects.SecretText(oauth2.SecretRef, "clientSecret"),
                oauth2.Scope,
                objects.SecretText(oauth2.CaSecretRef, "ca.crt")),
        };
    }

    private static HealthConfig Health(HealthSpec health) => new(
        new ProbeConfig(
            health.Probe.Depth, health.Probe.IntervalSeconds, health.Probe.TimeoutSeconds, health.Probe.Failures, health.Probe.Successes),
        new EjectionConfig(health.Ejection.Failures, health.Ejection.BaseSeconds, health.Ejection.MaxSeconds));

    private static LimitsConfig Limits(LimitsSpec limits) => new(
        limits.MaxConnections, limits.MaxConnectionsPerClient, limits.MaxRecipients, limits.MaxMessageBytes,
        limits.MaxMessagesPerConnection, limits.IdleSeconds, limits.MemoryBytes, limits.TempBytes)
    {
        ConnectionsPerMinute = limits.ConnectionsPerMinute,
        MaxErrors = limits.MaxErrors,
        MaxSessionSeconds = limits.MaxSessionSeconds,
    };

    private static ImmutableArray<string> Names(ImmutableArray<HubTransport> hubs) => [.. hubs.Select(hub => hub.Metadata.Name)];

    private static ImmutableArray<string> Domains(ImmutableArray<string> domains) => [.. domains.Select(DomainPattern.Normalize)];

    // RFC 9562 §5.8: a UUID of version 8, so that a pool in a file keeps its identity over restarts.
    private static string DerivedUid(string ns, string name)
    {
        var bytes = SHA256.HashData(Encoding.UTF8.GetBytes($"{RelayPool.GroupVersion}/{ns}/{name}"))[..16];
        bytes[6] = (byte)((bytes[6] & 0x0f) | 0x80);
        bytes[8] = (byte)((bytes[8] & 0x3f) | 0x80);
        return new Guid(bytes, bigEndian: true).ToString();
    }
}
