using RelayOperator.Relay.Delivery;
using RelayOperator.Relay.Hubs;
using RelayOperator.Relay.Smtp;
using Xunit;

namespace RelayOperator.Relay.Tests.Delivery;

public sealed class EnvelopeAnswersTests
{
    private static readonly AnswerVerdict Once = new(AnswerStep.TryOnce, HealthEffect.Good, null);

    [Theory]
    [InlineData(2, 2, true)]
    [InlineData(1, 2, false)]
    [InlineData(0, 1, false)]
    public void A_hub_that_broke_off_before_it_took_whom_another_one_took_is_nothing_to_fall_back_on(int answered, int accepted, bool mayStandBy)
    {
        var answers = new EnvelopeAnswers();
        for (var i = 0; i < answered; i++)
        {
            answers.Recipients.Add(Replies.RecipientOk);
        }

        Assert.Equal(mayStandBy, answers.MayStandBy(HubPhase.LaterRcpt, Once, accepted));
    }
}
