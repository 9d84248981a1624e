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

        var behind = pods.Where(pod => pod.Answer?.ConfigHash != config.Hash).Select(pod => pod.Name).ToArray();
        return behind.Length == 0
            ? Verdict.True("Applied", pods.Length == 0 ? "written; no pod runs" : $"in force in {Count.Of(pods.Length, "pod")}")
            : Verdict.False("Waiting", $"not yet in force in {string.Join(", ", behind.Take(5))}{(behind.Length > 5 ? $" and {behind.Length - 5} more" : "")}");
    }
}
