using RelayOperator.Api.Config;
using RelayOperator.Relay.Notifications;
using Xunit;
using static RelayOperator.Relay.Notifications.NotificationTarget;

namespace RelayOperator.Relay.Tests.Notifications;

/// <summary>Who hears of what, cell by cell.</summary>
public sealed class NotificationPlanTests
{
    private const string Postmaster = "postmaster@corp.test";

    // NOTIFY decides first: whether anybody is to hear of it at all.
    [Theory]
    [InlineData(NotifyWhen.Unspecified, NotificationTarget.Sender, NotificationTarget.Sender, Nobody)]
    [InlineData(NotifyWhen.Never, Nobody, Nobody, Nobody)]
    [InlineData(NotifyWhen.Success, Nobody, Nobody, NotificationTarget.Sender)]
    [InlineData(NotifyWhen.Failure, NotificationTarget.Sender, Nobody, Nobody)]
    [InlineData(NotifyWhen.Delay, Nobody, NotificationTarget.Sender, Nobody)]
    [InlineData(NotifyWhen.Success | NotifyWhen.Failure, NotificationTarget.Sender, Nobody, NotificationTarget.Sender)]
    [InlineData(NotifyWhen.Success | NotifyWhen.Delay, Nobody, NotificationTarget.Sender, NotificationTarget.Sender)]
    [InlineData(NotifyWhen.Failure | NotifyWhen.Delay, NotificationTarget.Sender, NotificationTarget.Sender, Nobody)]
    [InlineData(NotifyWhen.Success | NotifyWhen.Failure | NotifyWhen.Delay, NotificationTarget.Sender, NotificationTarget.Sender, NotificationTarget.Sender)]
    public void Notify_says_what_a_sender_hears_of(NotifyWhen notify, NotificationTarget failure, NotificationTarget delay, NotificationTarget relayed)
    {
        var plan = new NotificationPlan(NotificationMode.Sender, Postmaster);
        Assert.Equal(failure, plan.For(NotificationKind.Failure, "a@corp.test", "b@x.test", notify));
        Assert.Equal(delay, plan.For(NotificationKind.Delay, "a@corp.test", "b@x.test", notify));
        Assert.Equal(relayed, plan.For(NotificationKind.Relayed, "a@corp.test", "b@x.test", notify));
    }

    // What is asked for: failure, delay and relayed alike.
    [Theory]
    [InlineData(NotificationMode.Sender, "a@corp.test", "b@x.test", Postmaster, NotificationTarget.Sender, NotificationTarget.Sender)]
    [InlineData(NotificationMode.Sender, "a@corp.test", "b@x.test", "", NotificationTarget.Sender, NotificationTarget.Sender)]
    [InlineData(NotificationMode.Sender, "a@corp.test", Postmaster, Postmaster, NotificationTarget.Sender, NotificationTarget.Sender)]
    [InlineData(NotificationMode.Sender, "", "b@x.test", Postmaster, NotificationTarget.Postmaster, Nobody)]
    [InlineData(NotificationMode.Sender, "", "b@x.test", "", DeadLetter, Nobody)]
    [InlineData(NotificationMode.Sender, "", "PostMaster@corp.test", Postmaster, DeadLetter, Nobody)]
    [InlineData(NotificationMode.Postmaster, "a@corp.test", "b@x.test", Postmaster, NotificationTarget.Postmaster, NotificationTarget.Postmaster)]
    [InlineData(NotificationMode.Postmaster, "a@corp.test", "b@x.test", "", DeadLetter, Nobody)]
    [InlineData(NotificationMode.Postmaster, "a@corp.test", Postmaster, Postmaster, DeadLetter, Nobody)]
    [InlineData(NotificationMode.Postmaster, "", "b@x.test", Postmaster, NotificationTarget.Postmaster, Nobody)]
    [InlineData(NotificationMode.Postmaster, "", "b@x.test", "", DeadLetter, Nobody)]
    [InlineData(NotificationMode.Postmaster, "", Postmaster, Postmaster, DeadLetter, Nobody)]
    [InlineData(NotificationMode.None, "a@corp.test", "b@x.test", Postmaster, DeadLetter, Nobody)]
    [InlineData(NotificationMode.None, "a@corp.test", "b@x.test", "", DeadLetter, Nobody)]
    [InlineData(NotificationMode.None, "a@corp.test", Postmaster, Postmaster, DeadLetter, Nobody)]
    [InlineData(NotificationMode.None, "", "b@x.test", Postmaster, DeadLetter, Nobody)]
    [InlineData(NotificationMode.None, "", Postmaster, Postmaster, DeadLetter, Nobody)]
    public void A_failure_that_nobody_can_be_told_is_kept_and_lesser_news_is_not(
        NotificationMode mode, string sender, string recipient, string postmaster, NotificationTarget failure, NotificationTarget lesser)
    {
        const NotifyWhen All = NotifyWhen.Success | NotifyWhen.Failure | NotifyWhen.Delay;
        var plan = new NotificationPlan(mode, postmaster);
        Assert.Equal(failure, plan.For(NotificationKind.Failure, sender, recipient, All));
        Assert.Equal(failure, plan.For(NotificationKind.Failure, sender, recipient, NotifyWhen.Unspecified));
        Assert.Equal(lesser, plan.For(NotificationKind.Delay, sender, recipient, All));
        Assert.Equal(lesser, plan.For(NotificationKind.Delay, sender, recipient, NotifyWhen.Unspecified));
        Assert.Equal(lesser, plan.For(NotificationKind.Relayed, sender, recipient, All));
    }

    [Theory]
    [InlineData(NotifyWhen.Never)]
    [InlineData(NotifyWhen.Success | NotifyWhen.Delay)]
    public void Silence_that_was_asked_for_leaves_no_dead_letter_in_any_mode(NotifyWhen notify)
    {
        foreach (var mode in Enum.GetValues<NotificationMode>())
        {
            foreach (var sender in new[] { "", "a@corp.test" })
            {
                Assert.Equal(Nobody, new NotificationPlan(mode, "").For(NotificationKind.Failure, sender, "b@x.test", notify));
                Assert.Equal(Nobody, new NotificationPlan(mode, Postmaster).For(NotificationKind.Failure, sender, Postmaster, notify));
            }
        }
    }

    [Fact]
    public void Mail_never_answers_itself_without_end()
    {
        foreach (var mode in Enum.GetValues<NotificationMode>())
        {
            var plan = new NotificationPlan(mode, Postmaster);
            var (sender, recipient, steps) = ("a@corp.test", "b@x.test", 0);
            for (var target = NotificationTarget.Sender; target is NotificationTarget.Sender or NotificationTarget.Postmaster; steps++)
            {
                target = plan.For(NotificationKind.Failure, sender, recipient, NotifyWhen.Unspecified);
                (sender, recipient) = ("", target == NotificationTarget.Sender ? sender : Postmaster);
            }

            Assert.InRange(steps, 1, 3);
        }
    }
}
