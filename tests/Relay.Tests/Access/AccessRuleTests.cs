using RelayOperator.Relay.Access;
using RelayOperator.Relay.Smtp;
using RelayOperator.TestKit;
using Xunit;

namespace RelayOperator.Relay.Tests.Access;

public sealed class AccessRuleTests
{
    [Theory]
    [InlineData("partner.example", true)]
    [InlineData("sub.partner.example", false)]
    [InlineData("notpartner.example", false)]
    [InlineData("a.wild.example", true)]
    [InlineData("a.b.wild.example", true)]
    [InlineData("wild.example", false)]
    [InlineData("awild.example", false)]
    [InlineData("example", false)]
    [InlineData("", false)]
    [InlineData("[192.0.2.1]", false)]
    public void A_domain_is_itself_and_a_star_is_its_subdomains(string domain, bool allowed)
    {
        var rule = Rule(["partner.example", "*.wild.example"]);
        Assert.Equal(allowed, rule.AllowsRecipient(domain));
    }

    [Fact]
    public void An_empty_list_allows_every_domain()
    {
        Assert.True(Rule([]).AllowsRecipient("anything.example"));
        Assert.True(Rule([]).AllowsSender(""));
    }

    [Theory]
    [InlineData("<user@Partner.Example>", "")]
    [InlineData("<\"a b\"@partner.example>", "")]
    [InlineData("<\"evil@partner.example\"@other.example>", "550 5.7.1")]
    [InlineData("<@partner.example:user@other.example>", "550 5.7.1")]
    [InlineData("<@other.example:user@partner.example>", "")]
    [InlineData("<user@other.example>", "550 5.7.1")]
    [InlineData("<user@[192.0.2.1]>", "550 5.7.1")]
    [InlineData("<Postmaster>", "")]
    [InlineData("<postmaster@other.example>", "550 5.7.1")]
    public void The_domain_that_counts_is_the_one_that_mail_goes_to(string path, string refusal)
    {
        Assert.True(RcptCommand.TryParse("TO:" + path, out var rcpt, out _));
        Assert.StartsWith(refusal, Policy(Rule(["partner.example"])).RefusalOf(rcpt!, Mail("FROM:<a@b.example>"), 0)?.ToString() ?? "", StringComparison.Ordinal);
        Assert.Equal(refusal.Length == 0, Policy(Rule(["partner.example"])).RefusalOf(rcpt!, Mail("FROM:<a@b.example>"), 0) is null);
    }

    [Theory]
    [InlineData("FROM:<app@corp.example>", "")]
    [InlineData("FROM:<>", "")]
    [InlineData("FROM:<app@other.example>", "550 5.7.1")]
    [InlineData("FROM:<app@corp.example> SIZE=1001", "552 5.3.4")]
    [InlineData("FROM:<app@corp.example> SIZE=1000", "")]
    public void A_sender_may_be_told_no_at_MAIL(string mail, string refusal)
    {
        var rule = new AccessRule(TestRelay.Rule("lob", "10.0.0.0/8") with { SenderDomains = ["corp.example"], MaxMessageBytes = 1000 }, new RuleUsage(0));
        var reply = Policy(rule).RefusalOf(Mail(mail), null, null);
        Assert.Equal(refusal, reply is null ? "" : reply.ToString()[..9]);
    }

    [Fact]
    public void Who_has_no_rule_hears_no_at_RCPT_whatever_the_recipient()
    {
        Assert.True(RcptCommand.TryParse("TO:<Postmaster>", out var rcpt, out _));
        Assert.Null(Policy(null).RefusalOf(Mail("FROM:<a@b.example>"), null, null));
        Assert.Equal("550 5.7.1", Policy(null).RefusalOf(rcpt!, Mail("FROM:<a@b.example>"), 0)!.ToString()[..9]);
    }

    [Fact]
    public void Recipients_and_messages_a_minute_are_counted()
    {
        var rule = new AccessRule(TestRelay.Rule("lob", "10.0.0.0/8") with { MaxRecipients = 2, MessagesPerMinute = 1 }, new RuleUsage(1));
        var mail = Mail("FROM:<a@b.example>");
        Assert.True(RcptCommand.TryParse("TO:<user@b.example>", out var rcpt, out _));

        Assert.Null(Policy(rule).RefusalOf(mail, null, null));
        Assert.Equal("450 4.7.1", Policy(rule).RefusalOf(mail, null, null)!.ToString()[..9]);
        Assert.Null(Policy(rule).RefusalOf(rcpt!, mail, 1));
        Assert.Equal("452 4.5.3", Policy(rule).RefusalOf(rcpt!, mail, 2)!.ToString()[..9]);
    }

    private static EnvelopePolicy Policy(AccessRule? rule) => new(rule, 10_000);

    private static AccessRule Rule(params string[] recipients) =>
        new(TestRelay.Rule("lob", "10.0.0.0/8") with { RecipientDomains = [.. recipients] }, new RuleUsage(0));

    private static MailCommand Mail(string argument)
    {
        Assert.True(MailCommand.TryParse(argument, out var mail, out _), argument);
        return mail!;
    }
}
