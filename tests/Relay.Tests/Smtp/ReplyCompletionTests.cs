using RelayOperator.Relay.Hubs;
using RelayOperator.Relay.Smtp;
using Xunit;

namespace RelayOperator.Relay.Tests.Smtp;

public sealed class ReplyCompletionTests
{
    [Theory]
    [InlineData(250, HubPhase.Mail, "2.1.0")]
    [InlineData(250, HubPhase.FirstRcpt, "2.1.5")]
    [InlineData(251, HubPhase.LaterRcpt, "2.1.5")]
    [InlineData(250, HubPhase.Dot, "2.0.0")]
    [InlineData(421, HubPhase.Mail, "4.3.2")]
    [InlineData(450, HubPhase.FirstRcpt, "4.2.0")]
    [InlineData(450, HubPhase.Dot, "4.0.0")]
    [InlineData(451, HubPhase.Dot, "4.3.0")]
    [InlineData(452, HubPhase.Mail, "4.3.1")]
    [InlineData(452, HubPhase.FirstRcpt, "4.3.1")]
    [InlineData(452, HubPhase.LaterRcpt, "4.5.3")]
    [InlineData(452, HubPhase.Dot, "4.3.1")]
    [InlineData(455, HubPhase.Mail, "4.0.0")]
    [InlineData(500, HubPhase.Mail, "5.5.0")]
    [InlineData(503, HubPhase.Data, "5.5.0")]
    [InlineData(550, HubPhase.FirstRcpt, "5.1.1")]
    [InlineData(550, HubPhase.Mail, "5.0.0")]
    [InlineData(550, HubPhase.Dot, "5.0.0")]
    [InlineData(551, HubPhase.LaterRcpt, "5.1.1")]
    [InlineData(552, HubPhase.LaterRcpt, "5.2.2")]
    [InlineData(552, HubPhase.Dot, "5.3.4")]
    [InlineData(553, HubPhase.Mail, "5.1.7")]
    [InlineData(553, HubPhase.FirstRcpt, "5.1.3")]
    [InlineData(554, HubPhase.Dot, "5.0.0")]
    [InlineData(555, HubPhase.Mail, "5.5.4")]
    public void A_missing_enhanced_code_is_given_by_code_and_phase(int code, HubPhase phase, string expected)
    {
        var reply = new SmtpReply(code, default, "one", "two");
        var completed = ReplyCompletion.WithEnhancedCode(reply, phase);
        Assert.Equal($"{code} {expected} one / two", completed.ToString());
        Assert.Same(completed, ReplyCompletion.WithEnhancedCode(reply, phase));
        Assert.False(reply.Enhanced.IsPresent);
    }

    [Fact]
    public void What_is_there_stays_and_a_354_gets_none()
    {
        var coded = new SmtpReply(550, 5, 7, 1, "no");
        Assert.Same(coded, ReplyCompletion.WithEnhancedCode(coded, HubPhase.FirstRcpt));
        Assert.Same(Replies.StartMail, ReplyCompletion.WithEnhancedCode(Replies.StartMail, HubPhase.Data));
    }

    [Fact]
    public void One_reply_is_completed_for_each_phase_on_its_own()
    {
        var reply = new SmtpReply(250, default, "Ok");
        Assert.Equal("250 2.1.0 Ok", ReplyCompletion.WithEnhancedCode(reply, HubPhase.Mail).ToString());
        Assert.Equal("250 2.1.5 Ok", ReplyCompletion.WithEnhancedCode(reply, HubPhase.FirstRcpt).ToString());
        Assert.Equal("250 2.1.0 Ok", ReplyCompletion.WithEnhancedCode(reply, HubPhase.Mail).ToString());
    }
}
