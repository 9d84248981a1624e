using System.Globalization;
using RelayOperator.Api.Config;
using RelayOperator.TestKit;
using Xunit;

namespace RelayOperator.Relay.Tests.Spool;

/// <summary>Cut-through with a spool behind it, against hubs that misbehave.</summary>
public sealed class SpoolFallbackTests
{
    [Fact]
    public async Task Without_a_hub_mail_is_queued_survives_a_restart_and_arrives_when_a_hub_returns()
    {
        var port = FreePort.Next();
        await using var gone = new ScriptedHub(port);
        await using var relay = await SpoolRelay.StartAsync([gone]);
        await gone.DisposeAsync();

        var answers = await relay.SendAsync(recipients: ["b@to.test", "c@to.test"]);
        Assert.StartsWith("250 2.1.5", answers[0], StringComparison.Ordinal);
        Assert.Matches("^250 2.0.0 queued as [0-9A-Z]{13}$", answers[^1]);
        Assert.Equal(1, relay.Spool.Messages);
        await relay.RestartAsync();
        Assert.Equal(1, relay.Spool.Messages);

        await using var back = new ScriptedHub(port);
        await relay.EmptyAsync();

        var message = Assert.Single(back.Messages);
        Assert.Equal("Subject: x\r\n\r\nHello\r\n", message.Untraced);
        Assert.Equal(["RCPT TO:<b@to.test>", "RCPT TO:<c@to.test>"], message.Recipients);
        Assert.Equal("MAIL FROM:<a@from.test>", message.Mail.Split(" SIZE=")[0]);
    }

    [Fact]
    public async Task A_deferred_recipient_is_taken_and_follows_later_and_the_others_go_at_once()
    {
        await using var hub = new ScriptedHub();
        var deferrals = 2;
        hub.On("RCPT", line => line.Contains("later@", StringComparison.Ordinal) && Interlocked.Decrement(ref deferrals) >= 0 ? "450 4.2.1 mailbox busy" : (HubAct?)null);
        await using var relay = await SpoolRelay.StartAsync([hub]);

        var answers = await relay.SendAsync(recipients: ["b@to.test", "later@to.test"]);

        Assert.All(answers[..2], answer => Assert.StartsWith("250", answer, StringComparison.Ordinal));
        Assert.Equal("250 2.0.0 Ok", answers[2]);
        Assert.Equal(["RCPT TO:<b@to.test>"], hub.Messages.First().Recipients);
        await relay.EmptyAsync();
        Assert.Equal(2, hub.Messages.Count);
        Assert.Equal(["RCPT TO:<later@to.test>"], hub.Messages.Last().Recipients);
        Assert.Equal(hub.Messages.First().Wire, hub.Messages.Last().Wire);
    }

    [Theory]
    [InlineData("CutThrough")]
    [InlineData("StoreAndForward")]
    public async Task A_hub_that_takes_few_recipients_at_a_time_gets_the_rest_at_once_in_further_transactions(string mode)
    {
        await using var hub = new ScriptedHub();
        var taken = 0;
        hub.On("MAIL", _ =>
        {
            taken = 0;
            return null;
        });
        hub.On("RCPT", _ => Interlocked.Increment(ref taken) > 2 ? "452 4.5.3 too many recipients" : (HubAct?)null);
        await using var relay = await SpoolRelay.StartAsync([hub], config => config with
        {
            Delivery = config.Delivery with { Mode = Enum.Parse<DeliveryMode>(mode), RetrySeconds = [3600] },
            Hubs = [config.Hubs[0] with { Limits = config.Hubs[0].Limits with { MaxConnections = 1 } }],
        });

        var answers = await relay.SendAsync(recipients: ["1@to.test", "2@to.test", "3@to.test", "4@to.test", "5@to.test"]);

        Assert.All(answers, answer => Assert.StartsWith("250", answer, StringComparison.Ordinal));
        await relay.EmptyAsync();
        Assert.Equal([2, 2, 1], hub.Messages.Select(message => message.Recipients.Count));
    }

    [Fact]
    public async Task What_is_left_to_the_spool_goes_with_a_refusal_of_the_content()
    {
        await using var hub = new ScriptedHub();
        hub.On("RCPT", line => line.Contains("later@", StringComparison.Ordinal) ? "450 4.2.1 mailbox busy" : (HubAct?)null).On("DOT", "554 5.6.0 not this");
        await using var relay = await SpoolRelay.StartAsync([hub]);

        var answers = await relay.SendAsync(recipients: ["b@to.test", "later@to.test"]);

        Assert.Equal("554 5.6.0 not this", answers[^1]);
        Assert.Equal(0, relay.Spool.Messages);
    }

    [Fact]
    public async Task Recipients_of_two_routes_are_taken_in_one_transaction()
    {
        await using var hub = new ScriptedHub();
        await using var partner = new ScriptedHub();
        await using var relay = await SpoolRelay.StartAsync([hub, partner], config => config with
        {
            Routes = [new RouteConfig("default", [], ["ht1"]), new RouteConfig("partners", ["partner.test"], ["ht2"])],
        });

        var answers = await relay.SendAsync(recipients: ["b@to.test", "c@partner.test"]);

        Assert.All(answers, answer => Assert.StartsWith("250", answer, StringComparison.Ordinal));
        await relay.EmptyAsync();
        Assert.Equal(["RCPT TO:<b@to.test>"], Assert.Single(hub.Messages).Recipients);
        Assert.Equal(["RCPT TO:<c@partner.test>"], Assert.Single(partner.Messages).Recipients);
    }

    [Theory]
    [InlineData("DOT")]
    [InlineData("MAIL")]
    [InlineData("DATA")]
    public async Task What_every_hub_defers_is_queued_and_tried_again(string verb)
    {
        await using var one = new ScriptedHub();
        await using var two = new ScriptedHub();
        var refusals = 2;
        foreach (var hub in (ReadOnlySpan<ScriptedHub>)[one, two])
        {
            hub.On(verb, _ => Interlocked.Decrement(ref refusals) >= 0 ? "451 4.3.0 not now" : (HubAct?)null);
        }

        await using var relay = await SpoolRelay.StartAsync([one, two]);
        var answers = await relay.SendAsync();

        Assert.Contains("queued as", answers[^1], StringComparison.Ordinal);
        await relay.EmptyAsync();
        Assert.Equal(1, one.Messages.Count + two.Messages.Count);
    }

    [Fact]
    public async Task A_hub_that_is_silent_after_the_dot_and_then_takes_the_mail_gets_it_once()
    {
        await using var hub = new ScriptedHub();
        var release = new TaskCompletionSource();
        hub.On("DOT", _ =>
        {
            release.Task.Wait(TimeSpan.FromSeconds(20));
            return null;
        });
        await using var relay = await SpoolRelay.StartAsync([hub]);

        Assert.Contains("queued as", (await relay.SendAsync())[^1], StringComparison.Ordinal);
        Assert.Equal(1, relay.Spool.States["InDoubt"]);
        release.SetResult();

        await relay.EmptyAsync();
        Assert.Single(hub.Messages);
        Assert.Single(hub.Commands, command => command.StartsWith("MAIL", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_silent_hub_that_refuses_in_the_end_makes_a_notification()
    {
        await using var hub = new ScriptedHub();
        var release = new TaskCompletionSource();
        hub.On("DOT", _ =>
        {
            if (release.Task.IsCompleted)
            {
                return null;
            }

            release.Task.Wait(TimeSpan.FromSeconds(20));
            return "550 5.7.1 not from you";
        });
        await using var relay = await SpoolRelay.StartAsync([hub]);

        Assert.Contains("queued as", (await relay.SendAsync())[^1], StringComparison.Ordinal);
        release.SetResult();
        await relay.EmptyAsync();

        var notification = Assert.Single(hub.Messages);
        Assert.StartsWith("MAIL FROM:<>", notification.Mail, StringComparison.Ordinal);
        Assert.Equal(["RCPT TO:<a@from.test>"], notification.Recipients);
        Assert.Contains("550 5.7.1 not from you", notification.Content, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Whom_one_hub_took_and_the_next_one_refuses_is_told_of_and_the_rest_goes_on()
    {
        await using var first = new ScriptedHub();
        await using var second = new ScriptedHub();
        var dead = false;
        first.On("BODY", _ =>
        {
            dead = true;
            return HubAct.Reset;
        });
        first.On("BANNER", _ => dead ? HubAct.Close : null);
        second.On("RCPT", line => line.Contains("nobody@", StringComparison.Ordinal) ? "550 5.1.1 no such user" : (HubAct?)null);
        await using var relay = await SpoolRelay.StartAsync([first, second], config => config with
        {
            Hubs = [config.Hubs[0], config.Hubs[1] with { Tier = 1 }],
        });

        var answers = await relay.SendAsync(recipients: ["b@to.test", "nobody@to.test"]);

        Assert.All(answers, answer => Assert.StartsWith("250", answer, StringComparison.Ordinal));
        await relay.EmptyAsync();
        Assert.Equal(2, second.Messages.Count);
        Assert.Equal(["RCPT TO:<b@to.test>"], second.Messages.First().Recipients);
        Assert.Contains("550 5.1.1 no such user", second.Messages.Last().Content, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nobody_is_lost_who_was_left_to_the_spool_between_two_hubs_of_which_neither_takes_the_message()
    {
        await using var first = new ScriptedHub();
        await using var second = new ScriptedHub();
        var dead = false;
        var refusals = 1;
        first.On("RCPT", line => line.Contains("later@", StringComparison.Ordinal) ? "450 4.2.1 mailbox busy" : (HubAct?)null);
        first.On("DOT", _ =>
        {
            dead = true;
            return "451 4.3.0 not now";
        });
        first.On("BANNER", _ => dead ? HubAct.Close : null);
        second.On("RCPT", line => line.Contains("nobody@", StringComparison.Ordinal) ? "550 5.1.1 no such user"
            : line.Contains("c@", StringComparison.Ordinal) && Interlocked.Decrement(ref refusals) >= 0 ? "421 4.3.2 closing" : (HubAct?)null);
        await using var relay = await SpoolRelay.StartAsync([first, second], config => config with
        {
            Hubs = [config.Hubs[0], config.Hubs[1] with { Tier = 1 }],
        });

        var answers = await relay.SendAsync(recipients: ["b@to.test", "nobody@to.test", "c@to.test", "later@to.test"]);

        Assert.All(answers, answer => Assert.StartsWith("250", answer, StringComparison.Ordinal));
        Assert.Contains("queued as", answers[^1], StringComparison.Ordinal);
        await relay.EmptyAsync();
        var arrived = second.Messages.SelectMany(message => message.Recipients).ToList();
        Assert.Contains("RCPT TO:<b@to.test>", arrived);
        Assert.Contains("RCPT TO:<c@to.test>", arrived);
        Assert.Contains("RCPT TO:<later@to.test>", arrived);
        Assert.Contains(second.Messages, message => message.Mail.StartsWith("MAIL FROM:<>", StringComparison.Ordinal) && message.Content.Contains("550 5.1.1 no such user", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_refusal_of_spooled_mail_goes_back_to_its_sender()
    {
        var port = FreePort.Next();
        await using var gone = new ScriptedHub(port);
        await using var relay = await SpoolRelay.StartAsync([gone]);
        await gone.DisposeAsync();
        await relay.SendAsync(mail: "MAIL FROM:<a@from.test> ENVID=abc", recipients: ["<nobody@to.test> ORCPT=rfc822;alias@to.test"]);

        await using var hub = new ScriptedHub(port);
        hub.On("RCPT", line => line.Contains("nobody@", StringComparison.Ordinal) ? "550 5.1.1 no such user" : (HubAct?)null);
        await relay.EmptyAsync();

        var report = Assert.Single(hub.Messages).Content;
        Assert.Contains("Original-Envelope-Id: abc", report, StringComparison.Ordinal);
        Assert.Contains("Original-Recipient: rfc822;alias@to.test", report.Replace("rfc822; ", "rfc822;", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Contains("Action: failed", report, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("CutThrough")]
    [InlineData("StoreAndForward")]
    public async Task A_hub_without_DSN_makes_the_relay_say_that_it_relayed(string mode)
    {
        await using var hub = new ScriptedHub { Extensions = ["PIPELINING", "8BITMIME"] };
        await using var relay = await SpoolRelay.StartAsync([hub], config => config with { Delivery = config.Delivery with { Mode = Enum.Parse<DeliveryMode>(mode) } });

        await relay.SendAsync(recipients: ["<b@to.test> NOTIFY=SUCCESS", "c@to.test"]);

        await Eventually.True(() => hub.Messages.Count == 2, "the message and the notification have arrived", 20);
        var report = hub.Messages.Last();
        Assert.Equal(["RCPT TO:<a@from.test>"], report.Recipients);
        Assert.Contains("Action: relayed", report.Content, StringComparison.Ordinal);
        Assert.DoesNotContain("c@to.test", report.Content, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_bounce_of_a_bounce_is_kept_where_an_operator_sees_it()
    {
        var port = FreePort.Next();
        await using var gone = new ScriptedHub(port);
        await using var relay = await SpoolRelay.StartAsync([gone]);
        await gone.DisposeAsync();
        await relay.SendAsync(mail: "MAIL FROM:<>", recipients: ["nobody@to.test"]);

        await using var back = new ScriptedHub(port);
        back.On("RCPT", "550 5.1.1 no such user");

        await Eventually.True(() => relay.Spool.States.GetValueOrDefault("Dead") == 1, "it is a dead letter", 20);
        Assert.Empty(back.Messages);
    }

    [Fact]
    public async Task What_expires_without_a_hub_goes_back_when_one_returns()
    {
        var port = FreePort.Next();
        await using var gone = new ScriptedHub(port);
        await using var relay = await SpoolRelay.StartAsync([gone], config => config with { Delivery = config.Delivery with { ExpireSeconds = 1 } });
        await gone.DisposeAsync();
        await relay.SendAsync();
        await Eventually.True(() => TimeProvider.System.GetUtcNow() - relay.Spool.OldestTime > TimeSpan.FromSeconds(1.1), "it has expired");

        await using var hub = new ScriptedHub(port);
        await relay.EmptyAsync();

        var report = Assert.Single(hub.Messages);
        Assert.StartsWith("MAIL FROM:<>", report.Mail, StringComparison.Ordinal);
        Assert.Contains("Status: 5.4.7", report.Content, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_large_body_that_no_hub_takes_is_stored_and_sent_as_it_was()
    {
        var port = FreePort.Next();
        await using var gone = new ScriptedHub(port);
        await using var relay = await SpoolRelay.StartAsync([gone]);
        await gone.DisposeAsync();
        var body = "Subject: large\r\n\r\n" + string.Concat(Enumerable.Range(0, 40_000).Select(i => string.Create(CultureInfo.InvariantCulture, $"..line {i} with something on it\r\n")));

        Assert.Contains("queued as", (await relay.SendAsync(body))[^1], StringComparison.Ordinal);
        await using var hub = new ScriptedHub(port);
        await relay.EmptyAsync();

        Assert.EndsWith(body, Assert.Single(hub.Messages).Wire, StringComparison.Ordinal);
    }
}
