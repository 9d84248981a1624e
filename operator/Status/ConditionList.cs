using System.Collections.Immutable;
using RelayOperator.Api;

namespace RelayOperator.Operator.Status;

/// <summary>Turns verdicts into the conditions of an object.</summary>
internal static class ConditionList
{
    // The bound of the definitions; the API server would refuse the whole status for one long message.
    private const int LongestMessage = 32768;

    /// <summary>The condition of a verdict: its time stays while its status does.</summary>
    public static Condition Of(string type, Verdict verdict, long generation, ImmutableArray<Condition> before, DateTimeOffset now)
    {
        var same = before.FirstOrDefault(condition => condition.Type == type && condition.Status == verdict.Status);
        return new Condition
        {
            Type = type,
            Status = verdict.Status,
            ObservedGeneration = generation,
            // To the second, as the API server keeps it: a finer time would differ from what is read back.
            LastTransitionTime = same?.LastTransitionTime ?? new DateTimeOffset(now.UtcTicks - now.UtcTicks % TimeSpan.TicksPerSecond, TimeSpan.Zero),
            Reason = verdict.Reason,
            Message = verdict.Message.Length <= LongestMessage ? verdict.Message : verdict.Message[..LongestMessage],
        };
    }
}
