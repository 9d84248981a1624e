using RelayOperator.Api;
using Xunit;

namespace RelayOperator.Operator.Tests.Status;

public sealed class ClientAddressHiddenConditionTests
{
    [Fact]
    public void With_client_addresses_kept_it_is_left_out()
    {
        Assert.Null(Facts.Told("ClientAddressHidden", Facts.Serving()));
        Assert.Null(Facts.Told("ClientAddressHidden", Facts.Serving(spec => spec with { Vip = new VipSpec { Type = VipType.ClusterIP, PreserveClientIP = false } })));
    }

    [Fact]
    public void A_VIP_that_hides_them_says_so_unless_a_proxy_tells_them()
    {
        var hidden = new VipSpec { PreserveClientIP = false };
        Facts.Begins("True NotPreserved: listener smtp", Facts.Told("ClientAddressHidden", Facts.Serving(spec => spec with { Vip = hidden })));
        Assert.Null(Facts.Told("ClientAddressHidden", Facts.Serving(spec => spec with
        {
            Vip = hidden,
            Listeners =
            [
                spec.Listeners[0] with { ProxyProtocol = new ProxyProtocolSpec { Mode = ProxyProtocolMode.Required, TrustedCIDRs = ["10.0.0.0/8"] } },
            ],
        })));
    }

    [Fact]
    public void A_client_with_the_address_of_a_node_is_no_client()
    {
        Assert.Null(Facts.Told("ClientAddressHidden", Facts.Answering(Facts.Serving(), answer => answer with { HiddenClients = [] })));
        Facts.Begins(
            "True SeenFromNode: clients come from 10.244.1.1, 10.9.0.1, which",
            Facts.Told("ClientAddressHidden", Facts.Answering(Facts.Serving(), answer => answer with { HiddenClients = ["10.9.0.1", "10.244.1.1"] })));
    }
}
