using k8s.Models;
using RelayOperator.Api;
using RelayOperator.Api.Config;
using RelayOperator.Operator.Derive;
using RelayOperator.Operator.Gather;
using Xunit;

namespace RelayOperator.Operator.Tests.Derive;

public sealed class PoolNetworkPolicyTests
{
    private const string Nobody = "nobody";
    private const string Everybody = "everybody";

    [Theory]
    [InlineData(VipType.LoadBalancer, true, false, "10.20.0.0/16 192.0.2.0/24")]
    [InlineData(VipType.LoadBalancer, false, false, Everybody)]
    [InlineData(VipType.NodePort, true, false, "10.20.0.0/16 192.0.2.0/24")]
    [InlineData(VipType.NodePort, false, false, Everybody)]
    [InlineData(VipType.ClusterIP, true, false, "10.20.0.0/16 192.0.2.0/24")]
    [InlineData(VipType.ClusterIP, false, false, "10.20.0.0/16 192.0.2.0/24")]
    [InlineData(VipType.LoadBalancer, true, true, "198.51.100.0/24 192.0.2.0/24")]
    [InlineData(VipType.LoadBalancer, false, true, "198.51.100.0/24 192.0.2.0/24")]
    public void SMTP_comes_from_proxies_or_from_clients_where_these_can_be_told_apart(VipType type, bool preserve, bool proxied, string admitted) =>
        Assert.Equal(admitted, Admitted(
            Reading.Pool(spec => spec with
            {
                Vip = new VipSpec { Type = type, PreserveClientIP = preserve, HealthCheckCIDRs = ["192.0.2.0/24"] },
                Listeners =
                [
                    new ListenerSpec
                    {
                        Name = "smtp", Port = 25,
                        ProxyProtocol = proxied ? new ProxyProtocolSpec { Mode = ProxyProtocolMode.Required, TrustedCIDRs = ["198.51.100.0/24"] } : new(),
                    },
                ],
            }),
            2525));

    [Fact]
    public void With_nobody_allowed_to_relay_there_is_no_rule_since_one_without_peers_admits_everybody() =>
        Assert.Equal(Nobody, Admitted(Reading.Pool(spec => spec with { Access = [] }), 2525));

    [Fact]
    public void A_network_in_two_rules_is_one_peer() =>
        Assert.Equal("10.0.0.0/8 fd00::/8", Admitted(
            Reading.Pool(spec => spec with
            {
                Access =
                [
                    new AccessRuleSpec { Name = "a", ClientCIDRs = ["10.0.0.0/8"] },
                    new AccessRuleSpec { Name = "b", ClientCIDRs = ["10.0.0.0/8", "fd00::/8"] },
                ],
            }),
            2525));

    [Fact]
    public void The_admin_port_is_for_the_operator_and_Prometheus()
    {
        var settings = Reading.Settings with
        {
            PrometheusNamespaceSelector = Reading.Map(("kubernetes.io/metadata.name", "monitoring")),
            PrometheusPodSelector = Reading.Map(("app.kubernetes.io/name", "prometheus")),
        };
        Assert.Equal(
            ["ns kubernetes.io/metadata.name=relay-system pod app.kubernetes.io/name=relay-operator", "ns kubernetes.io/metadata.name=monitoring pod app.kubernetes.io/name=prometheus"],
            AdminPeers(settings));
        Assert.Equal(["ns kubernetes.io/metadata.name=relay-system pod app.kubernetes.io/name=relay-operator"], AdminPeers(Reading.Settings));
        Assert.Equal("ns  pod app.kubernetes.io/name=prometheus", AdminPeers(settings with { PrometheusNamespaceSelector = Reading.Map() })[1]);
        Assert.Equal("ns kubernetes.io/metadata.name=monitoring pod *", AdminPeers(settings with { PrometheusPodSelector = Reading.Map() })[1]);
    }

    [Fact]
    public void A_spool_is_handed_over_among_the_pools_own_pods_only()
    {
        var rule = Assert.Single(Rules(Reading.PoolWithClaims()), rule => Ports(rule.Ports).Contains("TCP 9026"));
        var peer = Assert.Single(rule.FromProperty);
        Assert.Null(peer.NamespaceSelector);
        Assert.Equal("corp", peer.PodSelector.MatchLabels["app.kubernetes.io/instance"]);
        Assert.DoesNotContain(Rules(Reading.Pool()), rule => Ports(rule.Ports).Contains("TCP 9026"));
    }

    [Fact]
    public void Egress_is_open_unless_asked_for()
    {
        var policy = Reading.Single<V1NetworkPolicy>(Reading.Pool()).Spec;
        Assert.Equal(["Ingress"], policy.PolicyTypes);
        Assert.Null(policy.Egress);
    }

    [Fact]
    public void Egress_reaches_DNS_the_API_server_hubs_the_database_and_peers()
    {
        var both = new NetworkPolicySpec
        {
            Mode = NetworkPolicyMode.IngressAndEgress,
            ExtraEgress = [Reading.Json("""{"ports":[{"port":4317,"protocol":"TCP"}]}""")],
        };
        var pool = Reading.PoolWithClaims(spec => spec with { NetworkPolicy = both }) with
        {
            Hubs = [Reading.Hub("a"), Reading.Hub("b", hub => hub with { Port = 587 }), Reading.Hub("c"), Reading.Hub("d", hub => hub with { Port = 99 }, pool: "other")],
        };
        Assert.Equal(["UDP 53,TCP 53", "TCP 443,TCP 6443", "TCP 25,TCP 587", "TCP 9026", "TCP 4317"], Egress(pool));

        var shared = Reading.Pool(spec => spec with
        {
            NetworkPolicy = both with { ExtraEgress = [] },
            Spool = new SpoolSpec { Postgres = new SpoolPostgresSpec { ConnectionSecretRef = new SecretReference { Name = "db" } } },
        });
        Assert.Equal(["UDP 53,TCP 53", "TCP 443,TCP 6443", "TCP 25", "TCP 5432"], Egress(shared));
        Assert.Equal("TCP 6432", Egress(shared with { Secrets = [Reading.Secret("db", "1", ("uri", "postgres://u:p@db.example:6432/spool"))] })[3]);
    }

    [Fact]
    public void Egress_reaches_the_servers_that_hubs_tokens_come_from()
    {
        var pool = Reading.Pool(spec => spec with { NetworkPolicy = new NetworkPolicySpec { Mode = NetworkPolicyMode.IngressAndEgress } })
            with { Hubs = [Tokens("a", "https://login.example.com/token"), Tokens("b", "https://login.example.com:8443/token"), Tokens("c", "https://other.example.com/"), Reading.Hub("d")] };
        Assert.Equal(["UDP 53,TCP 53", "TCP 443,TCP 6443", "TCP 25", "TCP 443,TCP 8443"], Egress(pool));

        static HubTransport Tokens(string name, string url) =>
            Reading.Hub(name, hub => hub with { Credentials = new HubCredentialsSpec { Oauth2 = new HubOAuth2Spec { TokenUrl = url } } });
    }

    [Fact]
    public void Ports_that_SRV_records_tell_are_not_known_beforehand()
    {
        var pool = Reading.Pool(spec => spec with { NetworkPolicy = new NetworkPolicySpec { Mode = NetworkPolicyMode.IngressAndEgress } })
            with { Hubs = [Reading.Hub("a", hub => hub with { Discovery = HubDiscovery.DnsSrv })] };
        Assert.Equal("TCP 1-65535", Egress(pool)[2]);
    }

    [Fact]
    public void Further_rules_of_the_pool_stand_beside_ours()
    {
        var pool = Reading.Pool(spec => spec with
        {
            NetworkPolicy = new NetworkPolicySpec { ExtraIngress = [Reading.Json("""{"from":[{"podSelector":{}}],"ports":[{"port":2525}]}""")] },
        });
        Assert.Equal(["TCP 2525", "TCP 9025", " 2525"], Rules(pool).Select(rule => Ports(rule.Ports)));
    }

    private static string Admitted(GatheredPool pool, int port)
    {
        var rules = Rules(pool).Where(rule => Ports(rule.Ports) == $"TCP {port}").ToArray();
        return rules.Length == 0 ? Nobody
            : rules[0].FromProperty is null ? Everybody
            : string.Join(' ', rules[0].FromProperty.Select(peer => peer.IpBlock.Cidr));
    }

    private static string[] AdminPeers(OperatorSettings settings)
    {
        var policy = Reading.Single<V1NetworkPolicy>(PoolResources.For(Reading.Pool(), settings)).Spec;
        var rule = Assert.Single(policy.Ingress, rule => Ports(rule.Ports) == "TCP 9025");
        return [.. rule.FromProperty.Select(peer => $"ns {Labels(peer.NamespaceSelector)} pod {Labels(peer.PodSelector)}")];
    }

    private static string Labels(V1LabelSelector? selector) =>
        selector is null ? "*" : string.Join(',', selector.MatchLabels.Select(label => $"{label.Key}={label.Value}"));

    private static IList<V1NetworkPolicyIngressRule> Rules(GatheredPool pool) => Reading.Single<V1NetworkPolicy>(pool).Spec.Ingress;

    private static string[] Egress(GatheredPool pool) => [.. Reading.Single<V1NetworkPolicy>(pool).Spec.Egress.Select(rule => Ports(rule.Ports))];

    private static string Ports(IList<V1NetworkPolicyPort> ports) =>
        string.Join(',', ports.Select(port => $"{port.Protocol} {port.Port.Value}{(port.EndPort is { } end ? $"-{end}" : "")}"));
}
