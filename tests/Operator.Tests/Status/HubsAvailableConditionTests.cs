using RelayOperator.Api;
using RelayOperator.Api.Config;
using RelayOperator.Operator.Tests.Derive;
using Xunit;

namespace RelayOperator.Operator.Tests.Status;

public sealed class HubsAvailableConditionTests
{
    [Fact]
    public void Every_route_with_a_hub_that_takes_mail_is_available() =>
        Facts.Begins("True Available", Facts.Told("HubsAvailable", Facts.Serving()));

    [Fact]
    public void A_selector_that_matches_nothing_is_told_apart_from_hubs_that_are_down()
    {
        Facts.Begins("False NoHubs", Facts.Told("HubsAvailable", Facts.Serving() with { Hubs = [] }));
        var routed = Facts.Serving(spec => spec with
        {
            Routes = [new RouteSpec { Name = "partners", RecipientDomains = ["partner.example"], Hubs = Reading.Selection("partners") }],
        });
        Assert.Equal("False RouteWithoutHubs: no HubTransport matches the selector of route partners", Facts.Told("HubsAvailable", routed));
        Assert.Equal(
            "False NoneHealthy: no hub takes mail of route partners",
            Facts.Told("HubsAvailable", routed with { Hubs = [.. routed.Hubs, Reading.Hub("p1", pool: "partners")] }));
    }

    [Fact]
    public void The_last_errors_are_told()
    {
        var pool = Facts.Answering(Facts.Serving(), answer => answer with { Hubs = [new("ht01", false, false, 0, "connect: refused")] });
        Assert.Equal("False NoneHealthy: no hub takes mail of route default; ht01: connect: refused", Facts.Told("HubsAvailable", pool));
    }

    [Fact]
    public void A_draining_or_weightless_hub_takes_no_new_mail_however_healthy()
    {
        var pool = Facts.Serving();
        Facts.Begins("False NoneHealthy", Facts.Told("HubsAvailable", pool with
        {
            Hubs = [Reading.Hub("ht01", hub => hub with { State = HubAdministrativeState.Draining }), Reading.Hub("ht02", hub => hub with { Weight = 0 })],
        }));
    }

    [Fact]
    public void Without_an_answer_it_cannot_be_told()
    {
        var pool = Facts.Serving();
        Facts.Begins("Unknown NoPodAnswers", Facts.Told("HubsAvailable", pool with { Pods = [.. pool.Pods.Select(pod => pod with { Answer = null })] }));
    }
}
