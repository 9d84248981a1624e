using RelayOperator.Relay.Hubs;
using RelayOperator.Relay.Spool;

namespace RelayOperator.Relay.Delivery;

/// <summary>
/// A hub that has all of a message and says nothing: after a while the spool takes the message over, so that the client
/// need not wait, and the hub's verdict is still waited for.
/// </summary>
public sealed class VerdictDoubt(DeliveryServices services, Envelope envelope, SpoolKeeper keeper, HubRefusals refusals)
{
    /// <summary>
    /// Waits for the verdict as long as a client may be made to; true where it is in doubt then and the spool could take the
    /// message. Only a hub that has all of it counts: until then the client's own patience does.
    /// </summary>
    public async ValueTask<bool> BeginsAsync(HubAttempt attempt, Task finishing)
    {
        while (!finishing.IsCompleted)
        {
            await finishing.WaitAsync(services.Doubt, services.Clock.Time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (finishing.IsCompleted || envelope.ClientIsGone())
            {
                return false;
            }

            if (attempt.HasAll)
            {
                return keeper.Takes;
            }
        }

        return false;
    }

    /// <summary>Gives the message to the spool until the hub has spoken; false where the spool cannot take it. From then on the attempt is not the caller's.</summary>
    public async ValueTask<bool> KeepAsync(HubAttempt attempt, Task<(HubPhase Phase, HubAnswer Answer)> finishing, MessageBody body, long contentBytes, string messageId)
    {
        if (await keeper.DoubtAsync(body, contentBytes, messageId, attempt.Hub.Name) is not { } claim)
        {
            return false;
        }

        _ = ResolveAsync(claim, attempt, finishing);
        return true;
    }

    // Goes on waiting for the verdict when nobody else does any more.
    private async Task ResolveAsync(SpoolClaim claim, HubAttempt attempt, Task<(HubPhase Phase, HubAnswer Answer)> finishing)
    {
        var (phase, answer) = await finishing;
        var verdict = AnswerTable.Judge(phase, answer);
        var delivered = verdict.Step == AnswerStep.Proceed;
        attempt.Release(delivered);
        if (delivered)
        {
            refusals.DeliveredBy(attempt.Hub, attempt.IsTrial);
        }
        else
        {
            services.Log.HubAnswered(envelope.Id, attempt.Hub.Id, phase, answer);
            refusals.Record(attempt.Hub, phase, verdict.Effect, $"{phase}: {answer}");
            if (!answer.HasReply)
            {
                services.Metrics.PossibleDuplicate();
                services.Log.PossibleDuplicate(envelope.Id, attempt.Hub.Id, answer.ToString());
            }
        }

        await keeper.ResolveAsync(claim, verdict.Step is AnswerStep.Proceed or AnswerStep.Tell ? answer.Reply : null);
    }
}
