using System.Text.Json.Nodes;

namespace RelayOperator.TestKit.Cluster.Pods;

/// <summary>Runs pods: pretended, or as processes of this machine.</summary>
public interface IPodRunner
{
    /// <summary>Starts a pod that has a node, and completes when its containers run; cancelled where it leaves before that.</summary>
    /// <param name="pod">As it is stored.</param>
    /// <param name="reports">Where the pod's readiness and end are told, from then on and at any time.</param>
    /// <returns>The pod's address.</returns>
    Task<string> StartAsync(JsonObject pod, PodReports reports);

    /// <summary>Asks a pod to leave and completes when it has ended: by itself, or killed when its grace is over.</summary>
    Task TerminateAsync(JsonObject pod, TimeSpan grace);

    /// <summary>Ends a pod without asking.</summary>
    Task KillAsync(JsonObject pod);
}

/// <summary>What a runner tells of a pod.</summary>
/// <param name="Ready">Its readiness probe's verdict changed.</param>
/// <param name="Exited">Its container ended with that code though nobody asked; the runner starts it again.</param>
public sealed record PodReports(Action<bool> Ready, Action<int> Exited);
