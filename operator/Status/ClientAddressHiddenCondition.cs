using RelayOperator.Api;
using RelayOperator.Operator.Derive;

namespace RelayOperator.Operator.Status;

/// <summary>ClientAddressHidden: by the VIP's settings, or because clients are seen to come from a node's own address.</summary>
internal static class ClientAddressHiddenCondition
{
    public static Verdict? Of(PoolFacts facts)
    {
        var spec = facts.Pool.Pool.Spec;
        var bare = spec.Listeners.Where(listener => listener.ProxyProtocol.Mode == ProxyProtocolMode.Disabled).Select(listener => listener.Name).ToArray();
        if (bare.Length > 0 && !PoolNetworkPolicy.KeepsClientAddresses(spec.Vip))
        {
            return Verdict.True(
                "NotPreserved",
                $"listener {string.Join(", ", bare)}: with vip.preserveClientIP false clients seem to be nodes, so access rules cannot tell them apart "
                + "and the NetworkPolicy admits everybody; set it to true, or use proxyProtocol");
        }

        var seen = facts.Pool.Pods.SelectMany(pod => pod.Answer?.HiddenClients ?? []).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToArray();
        return seen.Length == 0
            ? null
            : Verdict.True(
                "SeenFromNode",
                $"clients come from {string.Join(", ", seen.Take(3))}, which is a node's or gateway's own; something in front of the pods replaces the clients' addresses, so that no access rule lets them relay by their address");
    }
}
