using RelayOperator.Api.Config;

namespace RelayOperator.Api.Checks;

/// <summary>What a RelayPool has to fulfil beyond the bounds of its single fields. Each check is pure and tells all that it finds.</summary>
internal static class PoolChecks
{
    /// <summary>The admin endpoints and the hand-over to a peer listen there inside the pod.</summary>
    private static readonly int[] TakenPorts = [9025, 9026];

    public static IEnumerable<Func<RelayPool, IEnumerable<Finding>>> All { get; } =
    [
        // Services, pods and claims are named after the pool; 45 characters leave room for what they append.
        Name,
        // Two listeners on one port of the VIP, inside the pod or of the node would shut each other out.
        Ports,
        // What a mode needs to work at all.
        ListenerNeeds,
        // A rule that only certificates satisfy, where none is asked for, would let nobody relay.
        ClientCertificates,
        // The same for a rule that only users satisfy, where nobody can log in.
        Logins,
        // The HorizontalPodAutoscaler refuses the reverse.
        Replicas,
        // A cluster refuses such a Service.
        Vip,
        // With a network in two rules, it would be chance which one decides.
        Networks,
        // A domain in two routes would leave it to chance where mail goes.
        RouteDomains,
        // A rule that names no route would send its mail nowhere.
        RuleRoutes,
        // 'default' is the route of spec.hubs.
        RouteNames,
        // An ejection starts at the base and grows up to the maximum.
        Ejection,
        // A pod killed before it has drained would cut sessions off.
        Draining,
        // One spool at a time, and a kind of it.
        Spool,
        // Notifications without an addressee would be lost.
        Notifications,
    ];

    private static IEnumerable<Finding> Name(RelayPool pool)
    {
        var name = pool.Metadata.Name;
        if (!DnsName.IsLabel(name) || name.Length > 45)
        {
            yield return new("metadata.name", FoundText.Quote(name), "a DNS-1035 label of at most 45 characters: lower-case letters, digits and '-', beginning with a letter");
        }
    }

    private static IEnumerable<Finding> Ports(RelayPool pool)
    {
        var listeners = pool.Spec.Listeners;
        for (var i = 0; i < listeners.Length; i++)
        {
            var (listener, at) = (listeners[i], $"spec.listeners[{i}]");
            var written = listener.ContainerPort is not null;
            var container = listener.EffectiveContainerPort();
            var containerPath = written ? $"{at}.containerPort" : $"{at}.port";
            var found = written ? $"{container}" : $"{listener.Port}, which is container port {container}";
            if (TakenPorts.Contains(container))
            {
                yield return new(containerPath, found, "any container port but 9025 and 9026, which the relay uses itself; set containerPort");
            }

            for (var j = 0; j < i; j++)
            {
                var (other, otherAt) = (listeners[j], $"spec.listeners[{j}]");
                if (listener.Port == other.Port)
                {
                    yield return new($"{at}.port", $"{listener.Port} a second time", $"each port once; {otherAt} has it already", $"{otherAt}.port");
                }
                else if (container == other.EffectiveContainerPort())
                {
                    yield return new(
                        containerPath, found, $"each container port once; {otherAt} has it already; set containerPort",
                        $"{otherAt}.port", $"{otherAt}.containerPort");
                }

                if (listener.NodePort is { } node && node == other.NodePort)
                {
                    yield return new($"{at}.nodePort", $"{node} a second time", $"each node port once; {otherAt} has it already");
                }
            }
        }
    }

    private static IEnumerable<Finding> ListenerNeeds(RelayPool pool)
    {
        for (var i = 0; i < pool.Spec.Listeners.Length; i++)
        {
            var (listener, at) = (pool.Spec.Listeners[i], $"spec.listeners[{i}]");
            if (listener.Tls is { Mode: not ListenerTlsMode.Disabled, SecretRef: null })
            {
                yield return new($"{at}.tls.secretRef", "nothing", $"the Secret with the listener's certificate, which tls.mode {listener.Tls.Mode} needs", $"{at}.tls.mode");
            }
            else if (listener is { Protocol: ListenerProtocol.SMTPS, Tls.SecretRef: null })
            {
                yield return new($"{at}.tls.secretRef", "nothing", "the Secret with the listener's certificate, which protocol SMTPS needs", $"{at}.protocol");
            }

            if (listener is { Protocol: ListenerProtocol.SMTP, Tls: { Mode: ListenerTlsMode.Disabled, ClientCASecretRef: not null } })
            {
                yield return new($"{at}.tls.mode", "Disabled with clientCASecretRef", "Optional or Required with clientCASecretRef, or protocol SMTPS: certificates are shown over TLS only", $"{at}.protocol");
            }

            if (listener.Auth is { Mode: not ListenerAuthMode.Disabled, UsersSecretRef: null })
            {
                yield return new($"{at}.auth.usersSecretRef", "nothing", $"the Secret with the users, which auth.mode {listener.Auth.Mode} needs", $"{at}.auth.mode");
            }

            if (listener is { Protocol: ListenerProtocol.SMTP, Tls.Mode: ListenerTlsMode.Disabled, Auth: { Mode: not ListenerAuthMode.Disabled, AllowPlaintext: false } })
            {
                yield return new($"{at}.auth.allowPlaintext", "false without TLS", "TLS on the listener, over which AUTH is offered, or true, which shows passwords to whoever listens", $"{at}.auth.mode");
            }

            if (listener.ProxyProtocol is { Mode: ProxyProtocolMode.Required, TrustedCIDRs.Length: 0 })
            {
                yield return new($"{at}.proxyProtocol.trustedCIDRs", "nothing", "at least one network of the proxies, which mode Required needs", $"{at}.proxyProtocol.mode");
            }
        }
    }

    private static IEnumerable<Finding> ClientCertificates(RelayPool pool)
    {
        if (pool.Spec.Listeners.Any(listener => listener.Tls.ClientCASecretRef is not null))
        {
            yield break;
        }

        for (var i = 0; i < pool.Spec.Access.Length; i++)
        {
            if (!pool.Spec.Access[i].ClientCertificates.IsEmpty)
            {
                yield return new(
                    $"spec.access[{i}].clientCertificates", "names of certificates", "nothing, unless a listener asks for certificates: set its tls.clientCASecretRef", "spec.listeners");
            }
        }
    }

    private static IEnumerable<Finding> Logins(RelayPool pool)
    {
        // A client that may use XCLIENT tells by LOGIN who has authenticated with it.
        if (pool.Spec.Listeners.Any(listener => listener.Auth.Mode != ListenerAuthMode.Disabled || !listener.Xclient.TrustedCIDRs.IsEmpty))
        {
            yield break;
        }

        for (var i = 0; i < pool.Spec.Access.Length; i++)
        {
            if (pool.Spec.Access[i].RequireAuth)
            {
                yield return new($"spec.access[{i}].requireAuth", "true", "false, unless clients can authenticate: set auth.mode of a listener", "spec.listeners");
            }
        }
    }

    private static IEnumerable<Finding> Replicas(RelayPool pool)
    {
        if (pool.Spec.Autoscaling is { } scaling && scaling.MinReplicas > scaling.MaxReplicas)
        {
            yield return new(
                "spec.autoscaling.minReplicas", $"{scaling.MinReplicas}", $"at most maxReplicas, {scaling.MaxReplicas}", "spec.autoscaling.maxReplicas");
        }
    }

    private static IEnumerable<Finding> Vip(RelayPool pool)
    {
        var vip = pool.Spec.Vip;
        if (vip.LoadBalancerClass.Length > 0 && vip.Type != VipType.LoadBalancer)
        {
            yield return new("spec.vip.loadBalancerClass", FoundText.Quote(vip.LoadBalancerClass), $"nothing, unless type is LoadBalancer; it is {vip.Type}", "spec.vip.type");
        }

        if (vip is { Addresses.Length: > 0, Type: VipType.NodePort })
        {
            yield return new("spec.vip.addresses", "addresses", "nothing, unless type is LoadBalancer or ClusterIP; a Service of type NodePort has none to ask for", "spec.vip.type");
        }

        // A Service has one address of each IP family.
        if (vip.Addresses is [var first, var second])
        {
            if (first.Contains(':', StringComparison.Ordinal) == second.Contains(':', StringComparison.Ordinal))
            {
                yield return new("spec.vip.addresses", $"{first} and {second}", "one IPv4 and one IPv6 address, or one address", "spec.vip.addresses[0]", "spec.vip.addresses[1]");
            }
            else if (vip.IpFamilyPolicy == IPFamilyPolicy.SingleStack)
            {
                yield return new("spec.vip.addresses", "two addresses", "one, unless ipFamilyPolicy is PreferDualStack or RequireDualStack", "spec.vip.ipFamilyPolicy");
            }
        }

        if (vip is { IpFamilies.Length: 2, IpFamilyPolicy: IPFamilyPolicy.SingleStack })
        {
            yield return new("spec.vip.ipFamilies", "two families", "one, unless ipFamilyPolicy is PreferDualStack or RequireDualStack", "spec.vip.ipFamilyPolicy");
        }

        for (var i = 0; vip.Type == VipType.ClusterIP && i < pool.Spec.Listeners.Length; i++)
        {
            if (pool.Spec.Listeners[i].NodePort is { } node)
            {
                yield return new($"spec.listeners[{i}].nodePort", $"{node}", "nothing, unless vip.type is NodePort or LoadBalancer", "spec.vip.type");
            }
        }
    }

    private static IEnumerable<Finding> Networks(RelayPool pool)
    {
        var first = new Dictionary<System.Net.IPNetwork, int>();
        for (var i = 0; i < pool.Spec.Access.Length; i++)
        {
            for (var j = 0; j < pool.Spec.Access[i].ClientCIDRs.Length; j++)
            {
                var written = pool.Spec.Access[i].ClientCIDRs[j];
                if (CidrBlock.TryParse(written, out var network) && !first.TryAdd(network, i) && first[network] != i)
                {
                    yield return new(
                        $"spec.access[{i}].clientCIDRs[{j}]", $"{written} a second time", $"each network in one rule; spec.access[{first[network]}] has it already");
                }
            }
        }
    }

    private static IEnumerable<Finding> RouteNames(RelayPool pool)
    {
        for (var i = 0; i < pool.Spec.Routes.Length; i++)
        {
            if (pool.Spec.Routes[i].Name == RouteConfig.Default)
            {
                yield return new($"spec.routes[{i}].name", "default", "another name; default is the route of spec.hubs");
            }
        }
    }

    private static IEnumerable<Finding> RouteDomains(RelayPool pool)
    {
        var first = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var i = 0; i < pool.Spec.Routes.Length; i++)
        {
            for (var j = 0; j < pool.Spec.Routes[i].RecipientDomains.Length; j++)
            {
                var domain = DomainPattern.Normalize(pool.Spec.Routes[i].RecipientDomains[j]);
                if (domain.Length > 0 && !first.TryAdd(domain, i) && first[domain] != i)
                {
                    yield return new(
                        $"spec.routes[{i}].recipientDomains[{j}]", $"{domain} a second time", $"each domain in one route; spec.routes[{first[domain]}] has it already");
                }
            }
        }
    }

    private static IEnumerable<Finding> RuleRoutes(RelayPool pool)
    {
        string[] names = [.. pool.Spec.Routes.Select(route => route.Name).Where(name => name.Length > 0).Prepend(RouteConfig.Default).Distinct(StringComparer.Ordinal)];
        for (var i = 0; i < pool.Spec.Access.Length; i++)
        {
            var route = pool.Spec.Access[i].Route;
            if (route.Length > 0 && !names.Contains(route, StringComparer.Ordinal))
            {
                var hint = NearestName.Of(route, names) is { } nearest ? $"; did you mean {nearest}?" : "";
                yield return new(
                    $"spec.access[{i}].route", FoundText.Plain(route), $"one of {string.Join(", ", names)}{hint}",
                    ["spec.routes", .. Enumerable.Range(0, pool.Spec.Routes.Length).Select(j => $"spec.routes[{j}].name")]);
            }
        }
    }

    private static IEnumerable<Finding> Ejection(RelayPool pool)
    {
        var ejection = pool.Spec.Health.Ejection;
        if (ejection.MaxSeconds < ejection.BaseSeconds)
        {
            yield return new("spec.health.ejection.maxSeconds", $"{ejection.MaxSeconds}", $"at least baseSeconds, {ejection.BaseSeconds}", "spec.health.ejection.baseSeconds");
        }
    }

    private static IEnumerable<Finding> Draining(RelayPool pool)
    {
        var grace = pool.Spec.Template.TerminationGracePeriodSeconds;
        if (pool.Spec.Vip.DrainSeconds >= grace)
        {
            yield return new(
                "spec.vip.drainSeconds", $"{pool.Spec.Vip.DrainSeconds}", $"less than template.terminationGracePeriodSeconds, {grace}",
                "spec.template.terminationGracePeriodSeconds");
        }
    }

    private static IEnumerable<Finding> Spool(RelayPool pool)
    {
        if (pool.Spec.Spool is { } spool && spool.Storage is null == spool.Postgres is null)
        {
            var found = spool.Storage is null ? "neither storage nor postgres" : "both storage and postgres";
            yield return new("spec.spool", found, "exactly one of storage and postgres", "spec.spool.storage", "spec.spool.postgres");
        }

        if (pool.Spec is { Spool: null, Delivery.Mode: DeliveryMode.StoreAndForward })
        {
            yield return new("spec.delivery.mode", "StoreAndForward without a spool", "CutThrough, or StoreAndForward with spec.spool", "spec.spool");
        }
    }

    private static IEnumerable<Finding> Notifications(RelayPool pool)
    {
        if (pool.Spec is { Postmaster: "", Delivery.Notifications: NotificationMode.Postmaster })
        {
            yield return new(
                "spec.delivery.notifications", "Postmaster without a postmaster", "Sender or None, or Postmaster with spec.postmaster", "spec.postmaster");
        }
    }
}
