using RelayOperator.Api;
using RelayOperator.Operator.Gather;
using RelayOperator.Operator.Tests.Derive;
using Xunit;

namespace RelayOperator.Operator.Tests.Status;

public sealed class ConfigAppliedConditionTests
{
    [Fact]
    public void A_relay_that_knows_no_spool_is_told_of_where_the_pool_asks_for_one()
    {
        var pool = Facts.ServingWithClaims();
        Facts.Begins("False NoSpool: no spool in corp-0, corp-1", Facts.Told("ConfigApplied", pool));
        Facts.Begins("True Applied", Facts.Told("ConfigApplied", Facts.Answering(pool, answer => answer with { Spool = new SpoolAnswer(0, 0, null) })));
    }

    [Fact]
    public void A_configuration_in_force_everywhere_is_applied()
    {
        Assert.Equal("True Applied: in force in 2 pods", Facts.Told("ConfigApplied", Facts.Serving()));
        Assert.Equal("True Applied: written; no pod runs", Facts.Told("ConfigApplied", Facts.Serving() with { Pods = [] }));
    }

    [Fact]
    public void A_pod_behind_is_named()
    {
        var pool = Facts.Serving();
        Assert.Equal(
            "False Waiting: not yet in force in corp-1",
            Facts.Told("ConfigApplied", pool with { Pods = [pool.Pods[0], pool.Pods[1] with { Answer = null }] }));
    }

    [Fact]
    public void A_pod_that_refuses_it_says_why()
    {
        var pool = Facts.Answering(Facts.Serving(), answer => answer with { ConfigHash = "older", ConfigFaults = ["hubs[0].port: found 0"] });
        Assert.Equal("False Refused: pod corp-0: hubs[0].port: found 0", Facts.Told("ConfigApplied", pool));
    }

    [Fact]
    public void Faults_of_Secrets_are_told_with_the_hubs_that_are_left_out()
    {
        var pool = Facts.Serving();
        pool = pool with
        {
            Hubs = [.. pool.Hubs, Reading.Hub("ht03", hub => hub with { Tls = new HubTlsSpec { CaSecretRef = new SecretReference { Name = "ca" } } })],
        };
        Assert.Equal("False Faults: HubTransport ht03: spec.tls.caSecretRef: there is no Secret ca (left out: ht03)", Facts.Told("ConfigApplied", pool));
    }
}
