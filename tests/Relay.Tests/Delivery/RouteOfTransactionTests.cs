using RelayOperator.Api.Config;
using RelayOperator.TestKit;
using Xunit;

namespace RelayOperator.Relay.Tests.Delivery;

/// <summary>One transaction goes one way: which one, and for whom it is too late.</summary>
public sealed class RouteOfTransactionTests : IAsyncLifetime
{
    private readonly ScriptedHub _own = new();
    private readonly ScriptedHub _partner = new();
    private TestRelay _relay = null!;
    private SmtpWire _client = null!;

    public async ValueTask InitializeAsync()
    {
        _relay = await TestRelay.StartAsync([_own, _partner], config => config with
        {
            Routes = [new RouteConfig("default", [], ["ht1"]), new RouteConfig("partners", ["partner.test", "*.partner.test"], ["ht2"])],
        });
        _client = await _relay.GreetAsync();
        await _client.AskAsync("MAIL FROM:<a@b.test>");
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _relay.DisposeAsync();
        await _own.DisposeAsync();
        await _partner.DisposeAsync();
    }

    [Fact]
    public async Task Who_goes_another_way_than_the_first_is_for_a_transaction_of_its_own()
    {
        Assert.StartsWith("250", await RcptAsync("one@own.test"), StringComparison.Ordinal);
        Assert.StartsWith("452 4.5.3", await RcptAsync("two@sub.Partner.test"), StringComparison.Ordinal);
        Assert.StartsWith("250", await RcptAsync("three@own.test"), StringComparison.Ordinal);
        await SendAsync();

        Assert.Equal(["RCPT TO:<one@own.test>", "RCPT TO:<three@own.test>"], Assert.Single(_own.Messages).Recipients);
        Assert.Empty(_partner.Messages);
    }

    [Theory]
    [InlineData("RCPT", "550 5.1.1 unknown")]
    [InlineData("RCPT", "450 4.2.1 later")]
    [InlineData("MAIL", "550 5.1.8 that sender not")]
    public async Task The_way_of_a_recipient_that_was_refused_binds_nobody(string where, string refusal)
    {
        _own.On(where, refusal);
        Assert.Equal(refusal, await RcptAsync("one@own.test"));
        Assert.StartsWith("250", await RcptAsync("two@partner.test"), StringComparison.Ordinal);
        Assert.StartsWith("452 4.5.3", await RcptAsync("three@own.test"), StringComparison.Ordinal);
        await SendAsync();

        Assert.Empty(_own.Messages);
        Assert.Equal(["RCPT TO:<two@partner.test>"], Assert.Single(_partner.Messages).Recipients);
        await Eventually.True(() => _relay.HubStatus("ht1").InFlight == 0, "the first hub is let go");
    }

    private Task<string> RcptAsync(string recipient) => _client.AskAsync($"RCPT TO:<{recipient}>");

    private async Task SendAsync()
    {
        Assert.StartsWith("354", await _client.AskAsync("DATA"), StringComparison.Ordinal);
        Assert.StartsWith("250", await _client.AskAsync("Subject: x\r\n\r\n."), StringComparison.Ordinal);
    }
}
