using RelayOperator.TestKit.Cluster.Access;
using RelayOperator.TestKit.Cluster.Kinds;
using RelayOperator.TestKit.Cluster.Writing;

namespace RelayOperator.TestKit.Cluster.Workloads;

/// <summary>A HorizontalPodAutoscaler that decides what the test tells it, and writes it through the scale subresource of its target.</summary>
public sealed class AutoscalerStub(ClusterState cluster)
{
    private static readonly WriteOptions s_options = new(ClusterUser.ServiceAccount("kube-system", "horizontal-pod-autoscaler"), "kube-controller-manager") { Subresource = "scale" };

    /// <summary>Scales the target of an autoscaler, within its bounds.</summary>
    public void Scale(string space, string name, int replicas)
    {
        lock (cluster.Store.Gate)
        {
            var autoscaler = cluster.Get(BuiltInKinds.Autoscaler, space, name) ?? throw RefusalException.NotFound(BuiltInKinds.Autoscaler, name);
            var target = autoscaler.At("spec", "scaleTargetRef");
            var kind = cluster.Kinds.FindKind(target.At("apiVersion").Text() ?? "", target.At("kind").Text() ?? "");
            if (kind?.Scale is not { } paths)
            {
                throw RefusalException.NoSuchPath();
            }
            var bounded = Math.Clamp(replicas, autoscaler.At("spec", "minReplicas").Number() ?? 1, autoscaler.At("spec", "maxReplicas").Number() ?? replicas);
            long before = 0;
            cluster.Writer.Update(kind, space, target.At("name").Text() ?? "", scaled =>
            {
                before = scaled.At(paths.Replicas).Number() ?? 0;
                scaled.Ensure(paths.Replicas.AsSpan(0, paths.Replicas.Length - 1))[paths.Replicas[^1]] = bounded;
                return scaled;
            }, s_options);
            cluster.UpdateStatus(BuiltInKinds.Autoscaler, space, name, status =>
            {
                status["currentReplicas"] = before;
                status["desiredReplicas"] = bounded;
                status["lastScaleTime"] = Timestamp.Of(cluster.Time);
            });
        }
    }
}
