namespace RelayOperator.Operator.Status;

/// <summary>HubsOvercommitted: hubs whose limit for the whole pool is below one for each pod.</summary>
internal static class HubsOvercommittedCondition
{
    public static Verdict? Of(PoolFacts facts)
    {
        var (shares, hubs) = (facts.Resources.Shares, facts.Resources.Shares.Overcommitted(facts.Pool));
        return hubs.Length == 0
            ? null
            : Verdict.True(
                "MorePodsThanConnections",
                $"{Count.Of(shares.Pods, "pod")} share the limits of {string.Join(", ", hubs.Select(hub => hub.Metadata.Name))}, "
                + "which allow less than one for each; raise maxConnections or messagesPerMinute there, or use fewer pods");
    }
}
