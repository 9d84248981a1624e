using RelayOperator.Api;
using RelayOperator.Operator.Gather;
using Xunit;

namespace RelayOperator.Operator.Tests.Derive;

public sealed class VipServiceTests
{
    [Fact]
    public void A_load_balancer_keeps_client_addresses_and_is_asked_for_its_address_in_each_balancers_own_way()
    {
        var service = Reading.Vip(Pool(new VipSpec { Addresses = ["10.0.0.25", "2001:db8::25"], LoadBalancerClass = "metallb" }));
        var spec = service.Spec;
        Assert.Equal(("LoadBalancer", "Local", "Cluster", "metallb"), (spec.Type, spec.ExternalTrafficPolicy, spec.InternalTrafficPolicy, spec.LoadBalancerClass));
        Assert.Equal(
            ["kube-vip.io/loadbalancerIPs", "lbipam.cilium.io/ips", "metallb.io/loadBalancerIPs"],
            service.Metadata.Annotations.Where(annotation => annotation.Value == "10.0.0.25,2001:db8::25").Select(annotation => annotation.Key).Order(StringComparer.Ordinal));
        Assert.Null(spec.ClusterIPs);
        Assert.Null(spec.LoadBalancerIP);
    }

    [Fact]
    public void Client_addresses_may_be_given_up()
    {
        Assert.Equal("Cluster", Reading.Vip(Pool(new VipSpec { PreserveClientIP = false })).Spec.ExternalTrafficPolicy);
        Assert.Equal("Cluster", Reading.Vip(Pool(new VipSpec { Type = VipType.NodePort, PreserveClientIP = false })).Spec.ExternalTrafficPolicy);
    }

    [Fact]
    public void A_cluster_IP_takes_the_addresses_itself_and_has_no_traffic_from_outside()
    {
        var service = Reading.Vip(Pool(new VipSpec { Type = VipType.ClusterIP, Addresses = ["10.96.0.25"], LoadBalancerClass = "unused" }, nodePort: 30025));
        var spec = service.Spec;
        Assert.Equal(("ClusterIP", "10.96.0.25", null, null), (spec.Type, spec.ClusterIP, spec.ExternalTrafficPolicy, spec.LoadBalancerClass));
        Assert.Equal(["10.96.0.25"], spec.ClusterIPs);
        Assert.Null(service.Metadata.Annotations);
        Assert.Null(spec.Ports[0].NodePort);
    }

    [Fact]
    public void A_node_port_is_the_listeners()
    {
        var spec = Reading.Vip(Pool(new VipSpec { Type = VipType.NodePort }, nodePort: 30025)).Spec;
        Assert.Equal(("NodePort", "Local", 30025), (spec.Type, spec.ExternalTrafficPolicy, spec.Ports[0].NodePort));
    }

    [Fact]
    public void The_port_of_the_VIP_leads_to_the_port_of_the_container()
    {
        var spec = Reading.Vip(Reading.Pool(spec => spec with
        {
            Listeners = [new ListenerSpec { Name = "smtp", Port = 25 }, new ListenerSpec { Name = "submit", Port = 587, ContainerPort = 5870 }],
        })).Spec;
        Assert.Equal(["smtp 25 2525 TCP", "submit 587 5870 TCP"], spec.Ports.Select(port => $"{port.Name} {port.Port} {port.TargetPort.Value} {port.Protocol}"));
        Assert.False(spec.PublishNotReadyAddresses);
    }

    [Fact]
    public void Two_families_are_asked_for_in_order()
    {
        var vip = new VipSpec { IpFamilyPolicy = IPFamilyPolicy.RequireDualStack, IpFamilies = [IPFamily.IPv6, IPFamily.IPv4] };
        var spec = Reading.Vip(Pool(vip)).Spec;
        Assert.Equal("RequireDualStack", spec.IpFamilyPolicy);
        Assert.Equal(["IPv6", "IPv4"], spec.IpFamilies);
        Assert.Equal("SingleStack", Reading.Vip(Reading.Pool()).Spec.IpFamilyPolicy);
        Assert.Null(Reading.Vip(Reading.Pool()).Spec.IpFamilies);
    }

    [Fact]
    public void Affinity_keeps_a_client_at_its_pod_for_as_long_as_asked()
    {
        var spec = Reading.Vip(Pool(new VipSpec { Affinity = VipAffinity.ClientIP, AffinitySeconds = 60 })).Spec;
        Assert.Equal(("ClientIP", 60), (spec.SessionAffinity, spec.SessionAffinityConfig.ClientIP.TimeoutSeconds));
        var none = Reading.Vip(Reading.Pool()).Spec;
        Assert.Equal("None", none.SessionAffinity);
        Assert.Null(none.SessionAffinityConfig);
    }

    [Fact]
    public void An_annotation_of_the_pool_beats_our_own()
    {
        var annotations = Reading.Vip(Pool(new VipSpec
        {
            Addresses = ["10.0.0.25"],
            Annotations = Reading.Map(("metallb.io/loadBalancerIPs", "10.0.0.99"), ("metallb.io/address-pool", "mail")),
        })).Metadata.Annotations;
        Assert.Equal(("10.0.0.99", "mail", "10.0.0.25"), (annotations["metallb.io/loadBalancerIPs"], annotations["metallb.io/address-pool"], annotations["lbipam.cilium.io/ips"]));
    }

    private static GatheredPool Pool(VipSpec vip, int? nodePort = null) =>
        Reading.Pool(spec => spec with { Vip = vip, Listeners = [new ListenerSpec { Name = "smtp", Port = 25, NodePort = nodePort }] });
}
