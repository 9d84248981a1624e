namespace RelayOperator.Operator.Status;

/// <summary>ConfigApplied: what the pool, its hubs and their Secrets say is in force in every pod that stays.</summary>
internal static class ConfigAppliedCondition
{
    public static Verdict? Of(PoolFacts facts)
    {
        var config = facts.Resources.Config;
        if (config.Faults.Length > 0)
        {
            var leftOut = config.HubsLeftOut.Length == 0 ? "" : $" (left out: {string.Join(", ", config.HubsLeftOut)})";
            return Verdict.False(config.Data is null ? "NoConfiguration" : "Faults", string.Join("; ", config.Faults) + leftOut);
        }

        var pods = facts.Pool.Pods.Where(pod => !pod.Terminating).ToArray();
        var refused = pods.FirstOrDefault(pod => pod.Answer is { ConfigFaults.Length: > 0 } answer && answer.ConfigHash != config.Hash);
        if (refused is not null)
        {
            return Verdict.False("Refused", $"pod {refused.Name}: {string.Join("; ", refused.Answer!.ConfigFaults)}");
        }

        // Without it a hub that fails is noticed by the applications: that is not what the pool asks for.
        var spoolless = facts.Pool.Pool.Spec.Spool is null ? [] : pods.Where(pod => pod.Answer is { Spool: null }).Select(pod => pod.Name).ToArray();
        if (spoolless.Length > 0)
        {
            return Verdict.False(
                "NoSpool",
                $"no spool in {Named(spoolless)}: the relay there does not know spec.spool and answers 451 while no hub takes mail; use a relay image that does");
        }

        var behind = pods.Where(pod => pod.Answer?.ConfigHash != config.Hash).Select(pod => pod.Name).ToArray();
        return behind.Length == 0
            ? Verdict.True("Applied", pods.Length == 0 ? "written; no pod runs" : $"in force in {Count.Of(pods.Length, "pod")}")
            : Verdict.False("Waiting", $"not yet in force in {Named(behind)}");
    }

    private static string Named(string[] pods) => string.Join(", ", pods.Take(5)) + (pods.Length > 5 ? $" and {pods.Length - 5} more" : "");
}
