using System.Globalization;
using RelayOperator.Api.Config;
using RelayOperator.TestKit;
using Xunit;

namespace RelayOperator.Relay.Tests.Spool;

public sealed class StoreAndForwardTests
{
    [Fact]
    public async Task The_250_comes_without_a_hub_and_the_mail_follows()
    {
        await using var hub = new ScriptedHub();
        var release = new TaskCompletionSource();
        hub.On("MAIL", _ =>
        {
            release.Task.Wait(TimeSpan.FromSeconds(20));
            return null;
        });
        await using var relay = await StartAsync(hub);

        Assert.Matches("^250 2.0.0 queued as [0-9A-Z]{13}$", (await relay.SendAsync())[^1]);
        Assert.Empty(hub.Messages);
        release.SetResult();

        await relay.EmptyAsync();
        Assert.Equal("Subject: x\r\n\r\nHello\r\n", Assert.Single(hub.Messages).Untraced);
    }

    [Fact]
    public async Task A_large_body_goes_into_the_spool_while_it_arrives()
    {
        await using var hub = new ScriptedHub();
        await using var relay = await StartAsync(hub);
        var body = "Subject: large\r\n\r\n" + string.Concat(Enumerable.Range(0, 40_000).Select(i => string.Create(CultureInfo.InvariantCulture, $"..line {i} with something on it\r\n")));

        Assert.Contains("queued as", (await relay.SendAsync(body))[^1], StringComparison.Ordinal);
        await relay.EmptyAsync();

        Assert.EndsWith(body, Assert.Single(hub.Messages).Wire, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_that_goes_away_inside_a_large_body_leaves_nothing()
    {
        await using var hub = new ScriptedHub();
        await using var relay = await StartAsync(hub);
        using (var client = await relay.Relay.GreetAsync())
        {
            await client.AskAsync("MAIL FROM:<a@from.test>");
            await client.AskAsync("RCPT TO:<b@to.test>");
            await client.AskAsync("DATA");
            await client.SendAsync(string.Concat(Enumerable.Repeat("a line of some length that is sent many times\r\n", 20_000)));
        }

        await Eventually.True(() => relay.Relay.Status.Sessions == 0, "the session has ended");
        Assert.Equal(0, relay.Spool.Messages);
        Assert.Empty(hub.Messages);
    }

    [Fact]
    public async Task Recipients_of_two_routes_are_split()
    {
        await using var hub = new ScriptedHub();
        await using var partner = new ScriptedHub();
        await using var relay = await SpoolRelay.StartAsync([hub, partner], config => config with
        {
            Delivery = config.Delivery with { Mode = DeliveryMode.StoreAndForward },
            Routes = [new RouteConfig("default", [], ["ht1"]), new RouteConfig("partners", ["partner.test"], ["ht2"])],
        });

        await relay.SendAsync(recipients: ["b@to.test", "c@partner.test", "d@to.test"]);
        await relay.EmptyAsync();

        Assert.Equal(["RCPT TO:<b@to.test>", "RCPT TO:<d@to.test>"], Assert.Single(hub.Messages).Recipients);
        Assert.Equal(["RCPT TO:<c@partner.test>"], Assert.Single(partner.Messages).Recipients);
    }

    [Fact]
    public async Task One_dead_route_holds_up_no_other()
    {
        await using var hub = new ScriptedHub();
        var port = FreePort.Next();
        await using var gone = new ScriptedHub(port);
        await using var relay = await SpoolRelay.StartAsync([hub, gone], config => config with
        {
            Delivery = config.Delivery with { Mode = DeliveryMode.StoreAndForward },
            Routes = [new RouteConfig("default", [], ["ht1"]), new RouteConfig("partners", ["partner.test"], ["ht2"])],
        });
        await gone.DisposeAsync();
        for (var i = 0; i < 20; i++)
        {
            await relay.SendAsync(recipients: ["c@partner.test"]);
        }

        await relay.SendAsync();

        await Eventually.True(() => hub.Messages.Count == 1, "the other route's mail has arrived");
        await Eventually.True(() => relay.Spool.Messages == 20, "it is settled");
    }

    private static Task<SpoolRelay> StartAsync(ScriptedHub hub) =>
        SpoolRelay.StartAsync([hub], config => config with { Delivery = config.Delivery with { Mode = DeliveryMode.StoreAndForward } });
}
