using System.Collections.Immutable;
using k8s.Models;
using RelayOperator.Api;
using RelayOperator.Api.Config;
using RelayOperator.Operator.Gather;

namespace RelayOperator.Operator.Derive;

/// <summary>Who may reach the pods, and, when asked for, what they may reach. The kubelet's probes are always admitted.</summary>
internal static class PoolNetworkPolicy
{
    // As pods see it behind its Service.
    private static readonly int[] ApiServerPorts = [443, 6443];

    public static V1NetworkPolicy Pool(GatheredPool pool, OperatorSettings settings)
    {
        var policy = pool.Pool.Spec.NetworkPolicy;
        var both = policy.Mode == NetworkPolicyMode.IngressAndEgress;
        return new V1NetworkPolicy
        {
            ApiVersion = "networking.k8s.io/v1",
            Kind = "NetworkPolicy",
            Metadata = PoolMetadata.Of(pool, settings),
            Spec = new V1NetworkPolicySpec
            {
                PodSelector = new V1LabelSelector { MatchLabels = PoolLabels.Selector(pool) },
                PolicyTypes = both ? ["Ingress", "Egress"] : ["Ingress"],
                Ingress =
                [
                    .. Smtp(pool),
                    Admin(settings),
                    .. HandOver(pool).Select(own => new V1NetworkPolicyIngressRule { FromProperty = [own], Ports = [Port(PoolPorts.HandOver)] }),
                    .. KubernetesParts.Read<V1NetworkPolicyIngressRule>(policy.ExtraIngress),
                ],
                Egress = both ? [.. Egress(pool), .. KubernetesParts.Read<V1NetworkPolicyEgressRule>(policy.ExtraEgress)] : null,
            },
        };
    }

    /// <summary>Whether the pods see the addresses of clients that come by the VIP without a PROXY header.</summary>
    public static bool KeepsClientAddresses(VipSpec vip) => vip.Type == VipType.ClusterIP || vip.PreserveClientIP;

    private static IEnumerable<V1NetworkPolicyIngressRule> Smtp(GatheredPool pool)
    {
        var spec = pool.Pool.Spec;
        foreach (var listener in spec.Listeners)
        {
            var port = Port(listener.EffectiveContainerPort());
            var proxied = listener.ProxyProtocol.Mode == ProxyProtocolMode.Required;
            if (!proxied && !KeepsClientAddresses(spec.Vip))
            {
                // Every client seems to be a node: only the relay could tell them apart, and it denies.
                yield return new V1NetworkPolicyIngressRule { Ports = [port] };
                continue;
            }

            var admitted = (proxied ? listener.ProxyProtocol.TrustedCIDRs : spec.Access.SelectMany(rule => rule.ClientCIDRs))
                .Concat(spec.Vip.HealthCheckCIDRs)
                .Distinct(StringComparer.Ordinal)
                .ToImmutableArray();
            // A rule with no peers admits everybody, so nobody is no rule.
            if (admitted.Length > 0)
            {
                yield return new V1NetworkPolicyIngressRule
                {
                    FromProperty = [.. admitted.Select(cidr => new V1NetworkPolicyPeer { IpBlock = new V1IPBlock { Cidr = cidr } })],
                    Ports = [port],
                };
            }
        }
    }

    private static V1NetworkPolicyIngressRule Admin(OperatorSettings settings)
    {
        var rule = new V1NetworkPolicyIngressRule
        {
            FromProperty =
            [
                new V1NetworkPolicyPeer
                {
                    NamespaceSelector = Labelled([new("kubernetes.io/metadata.name", settings.Namespace)]),
                    PodSelector = Labelled(settings.PodLabels),
                },
            ],
            Ports = [Port(PoolPorts.Admin)],
        };
        if (settings.PrometheusNamespaceSelector.Count + settings.PrometheusPodSelector.Count > 0)
        {
            rule.FromProperty.Add(new V1NetworkPolicyPeer
            {
                NamespaceSelector = Labelled(settings.PrometheusNamespaceSelector),
                PodSelector = settings.PrometheusPodSelector.Count == 0 ? null : Labelled(settings.PrometheusPodSelector),
            });
        }

        return rule;
    }

    private static IEnumerable<V1NetworkPolicyEgressRule> Egress(GatheredPool pool)
    {
        yield return new V1NetworkPolicyEgressRule { Ports = [Port(53, "UDP"), Port(53)] };
        yield return new V1NetworkPolicyEgressRule { Ports = [.. ApiServerPorts.Select(port => Port(port))] };
        var hubs = pool.SelectedHubs();
        if (hubs.Length > 0)
        {
            yield return new V1NetworkPolicyEgressRule { Ports = [.. HubPorts(hubs)] };
        }

        var tokens = TokenPorts(hubs).ToArray();
        if (tokens.Length > 0)
        {
            yield return new V1NetworkPolicyEgressRule { Ports = tokens };
        }

        if (SpoolDatabase.PortOf(pool) is { } database)
        {
            yield return new V1NetworkPolicyEgressRule { Ports = [Port(database)] };
        }

        foreach (var own in HandOver(pool))
        {
            yield return new V1NetworkPolicyEgressRule { To = [own], Ports = [Port(PoolPorts.HandOver)] };
        }
    }

    private static IEnumerable<V1NetworkPolicyPort> HubPorts(ImmutableArray<HubTransport> hubs)
    {
        // SRV records name the ports, and may name others tomorrow.
        if (hubs.Any(hub => hub.Spec.Discovery == HubDiscovery.DnsSrv))
        {
            return [new V1NetworkPolicyPort { Port = 1, EndPort = 65535, Protocol = "TCP" }];
        }

        return hubs.Select(hub => hub.Spec.Port).Distinct().Order().Select(port => Port(port));
    }

    private static IEnumerable<V1NetworkPolicyPort> TokenPorts(ImmutableArray<HubTransport> hubs) =>
        hubs.Select(hub => HttpsUrl.Parse(hub.Spec.Credentials?.Oauth2?.TokenUrl ?? "")?.Port).OfType<int>().Distinct().Order().Select(port => Port(port));

    private static IEnumerable<V1NetworkPolicyPeer> HandOver(GatheredPool pool) =>
        pool.HasClaims ? [new V1NetworkPolicyPeer { PodSelector = Labelled(PoolLabels.Selector(pool)) }] : [];

    private static V1LabelSelector Labelled(IEnumerable<KeyValuePair<string, string>> labels) =>
        new() { MatchLabels = new Dictionary<string, string>(labels, StringComparer.Ordinal) };

    private static V1NetworkPolicyPort Port(int port, string protocol = "TCP") => new() { Port = port, Protocol = protocol };
}
