using RelayOperator.Operator.Derive;

namespace RelayOperator.Operator.Status;

/// <summary>SpoolUnreachable: pods on lost nodes, with the claims that nobody else can open until the node is back or given up.</summary>
internal static class SpoolUnreachableCondition
{
    public static Verdict? Of(PoolFacts facts)
    {
        var lost = facts.Pool.HasClaims ? facts.Pool.Pods.Where(pod => pod.NodeLost).ToArray() : [];
        return lost.Length == 0
            ? null
            : Verdict.True(
                "NodeLost",
                string.Join("; ", lost.Select(pod => $"pod {pod.Name} with claim {PoolNames.Claim}-{pod.Name} is on node {pod.Node}, which does not report"))
                + "; its mail waits for the node");
    }
}
