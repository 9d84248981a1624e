using System.Net;
using RelayOperator.Api.Config;
using RelayOperator.TestKit;
using Xunit;

namespace RelayOperator.Relay.Tests.Settings;

/// <summary>A changed configuration under a running relay.</summary>
public sealed class ConfigChangeTests
{
    [Fact]
    public async Task A_transaction_goes_on_under_the_configuration_it_began_with()
    {
        await using var before = new ScriptedHub();
        await using var after = new ScriptedHub();
        await using var relay = await TestRelay.StartAsync([before]);
        using var wire = await relay.GreetAsync();
        await wire.AskAsync("MAIL FROM:<a@b.test>");

        await relay.ApplyAsync(config => config with
        {
            Hubs = [TestRelay.Hub("ht2", after.Port)],
            Routes = [new RouteConfig("default", [], ["ht2"])],
            Access = [config.Access[0] with { RecipientDomains = ["nowhere.test"] }],
        });

        Assert.StartsWith("250", await wire.AskAsync("RCPT TO:<c@d.test>"), StringComparison.Ordinal);
        Assert.StartsWith("354", await wire.AskAsync("DATA"), StringComparison.Ordinal);
        Assert.StartsWith("250", await wire.AskAsync("Subject: x\r\n\r\n."), StringComparison.Ordinal);
        Assert.Single(before.Messages);

        await wire.AskAsync("MAIL FROM:<a@b.test>");
        Assert.StartsWith("550 5.7.1", await wire.AskAsync("RCPT TO:<c@d.test>"), StringComparison.Ordinal);
        Assert.StartsWith("250", await wire.AskAsync("RCPT TO:<c@nowhere.test>"), StringComparison.Ordinal);
        Assert.StartsWith("354", await wire.AskAsync("DATA"), StringComparison.Ordinal);
        Assert.StartsWith("250", await wire.AskAsync("Subject: x\r\n\r\n."), StringComparison.Ordinal);
        Assert.Single(after.Messages);
    }

    [Fact]
    public async Task Listeners_come_and_go_while_sessions_of_the_others_and_of_those_gone_go_on()
    {
        await using var hub = new ScriptedHub();
        var (one, two) = (FreePort.Next(), FreePort.Next());
        await using var relay = await TestRelay.StartAsync([hub], config => config with { Listeners = [new ListenerConfig("smtp", one, ListenerProtocol.SMTP)] });
        using var early = await relay.GreetAsync();

        await relay.ApplyAsync(config => config with { Listeners = [new ListenerConfig("smtp", one, ListenerProtocol.SMTP), new ListenerConfig("more", two, ListenerProtocol.SMTP)] });
        using var late = await SmtpWire.ConnectAsync(relay.Host.Listeners["more"]);
        Assert.StartsWith("220", await late.ReplyAsync(), StringComparison.Ordinal);

        await relay.ApplyAsync(config => config with { Listeners = [new ListenerConfig("more", two, ListenerProtocol.SMTP)] });
        Assert.StartsWith("250", await early.AskAsync("NOOP"), StringComparison.Ordinal);
        Assert.StartsWith("250", await late.AskAsync("NOOP"), StringComparison.Ordinal);
        await Assert.ThrowsAnyAsync<System.Net.Sockets.SocketException>(() => SmtpWire.ConnectAsync(new IPEndPoint(IPAddress.Loopback, one)));
    }

    [Fact]
    public async Task A_listener_may_be_renamed_and_keeps_its_port()
    {
        await using var hub = new ScriptedHub();
        var port = FreePort.Next();
        await using var relay = await TestRelay.StartAsync([hub], config => config with { Listeners = [new ListenerConfig("smtp", port, ListenerProtocol.SMTP)] });
        using var early = await relay.GreetAsync();

        await relay.ApplyAsync(config => config with { Listeners = [new ListenerConfig("applications", port, ListenerProtocol.SMTP)] });

        using var late = await SmtpWire.ConnectAsync(relay.Host.Listeners["applications"]);
        Assert.StartsWith("220", await late.ReplyAsync(), StringComparison.Ordinal);
        Assert.StartsWith("250", await early.AskAsync("NOOP"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_address_that_is_taken_refuses_the_whole_change()
    {
        await using var hub = new ScriptedHub();
        await using var relay = await TestRelay.StartAsync([hub]);
        var taken = hub.Port;
        var next = relay.Config with
        {
            Listeners = [.. relay.Config.Listeners, new ListenerConfig("more", taken, ListenerProtocol.SMTP)],
            Access = [],
        };

        var refusal = await relay.Host.ApplyAsync(next);

        Assert.Contains($"listener more cannot listen on 127.0.0.1:{taken}", refusal, StringComparison.Ordinal);
        using var wire = await relay.GreetAsync();
        Assert.StartsWith("250", await wire.AskAsync("NOOP"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_pool_is_not_taken_over()
    {
        await using var hub = new ScriptedHub();
        await using var relay = await TestRelay.StartAsync([hub]);

        var refusal = await relay.Host.ApplyAsync(relay.Config with { Name = "other", Uid = "another" });

        Assert.Contains("another pool: mail/other", refusal, StringComparison.Ordinal);
        Assert.Equal("mail/corp", relay.Status.Pool);
    }
}
