using System.Collections.Immutable;
using RelayOperator.Operator.Gather;

namespace RelayOperator.Operator.Status;

/// <summary>What the pods that answered say of one hub, taken together.</summary>
/// <param name="Asked">Pods that should have answered.</param>
/// <param name="Registered">Pods that have the hub in their configuration.</param>
/// <param name="Healthy">Pods that find one of its addresses healthy.</param>
/// <param name="InFlight">Transactions in flight there.</param>
/// <param name="Error">The last error of a pod that finds it unhealthy; empty for none.</param>
internal sealed record HubView(int Asked, int Registered, int Healthy, int InFlight, string Error)
{
    public static HubView Of(string hub, ImmutableArray<GatheredPod> pods)
    {
        var (registered, healthy, inFlight, error) = (0, 0, 0, "");
        foreach (var pod in pods)
        {
            var seen = pod.Answer?.Hubs.Where(answer => answer.Name == hub).ToArray() ?? [];
            registered += seen.Length > 0 ? 1 : 0;
            inFlight += seen.Sum(answer => answer.InFlight);
            if (seen.Any(answer => answer.Healthy))
            {
                healthy++;
            }
            else
            {
                error = seen.Select(answer => answer.Error).FirstOrDefault(text => text.Length > 0) ?? error;
            }
        }

        return new HubView(pods.Length, registered, healthy, inFlight, error);
    }
}
