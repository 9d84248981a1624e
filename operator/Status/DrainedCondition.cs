using System.Globalization;
using RelayOperator.Operator.Derive;
using RelayOperator.Operator.Gather;

namespace RelayOperator.Operator.Status;

/// <summary>Drained: only while pods leave; whether they may go, and what still holds them.</summary>
internal static class DrainedCondition
{
    public static Verdict? Of(PoolFacts facts)
    {
        var leaving = facts.Resources.Size.Leaving;
        if (leaving.Length == 0)
        {
            return null;
        }

        var held = leaving.Where(name => !WorkloadSize.IsDrained(facts.Pool, name)).ToArray();
        return held.Length == 0
            ? Verdict.True("Empty", $"{string.Join(", ", leaving)} can be removed")
            : Verdict.False("Draining", string.Join("; ", held.Select(name => What(facts.Pool, name))));
    }

    private static string What(GatheredPool pool, string name)
    {
        if (pool.Pods.FirstOrDefault(pod => pod.Name == name) is not { } pod)
        {
            return $"{name} does not run, and its claim may hold mail";
        }

        return pod.Answer switch
        {
            null => $"{name} does not answer",
            { Spool: { Messages: > 0 } spool } => $"{name} holds {Count.Of(spool.Messages, "message")} of {spool.Bytes} bytes{Since(spool)}{Why(spool)}",
            { InFlight: > 0 } answer => $"{name} has {Count.Of(answer.InFlight, "transaction")} in flight",
            _ => $"{name} has not said yet that it is empty",
        };
    }

    // A time rather than an age, which would change the condition with every look.
    private static string Since(SpoolAnswer spool) =>
        spool.OldestTime is { } oldest ? $", the oldest since {oldest.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture)}" : "";

    private static string Why(SpoolAnswer spool) => spool.HandOverFault.Length > 0 ? $"; not handed over: {spool.HandOverFault}" : "";
}
