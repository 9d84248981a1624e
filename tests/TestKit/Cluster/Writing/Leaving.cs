using System.Text.Json.Nodes;

namespace RelayOperator.TestKit.Cluster.Writing;

/// <summary>When an object that is being deleted is gone.</summary>
internal static class Leaving
{
    /// <summary>No finalizer holds it, no grace is left, and a namespace is empty.</summary>
    public static bool IsFinished(JsonObject target) => target.IsLeaving()
        && !target.At("metadata", "finalizers").Texts().Any()
        && (target.At("metadata", "deletionGracePeriodSeconds").Number() ?? 0) == 0
        && (target["kind"].Text() != "Namespace" || !target.At("spec", "finalizers").Texts().Any());
}
