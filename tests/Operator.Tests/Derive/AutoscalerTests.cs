using k8s.Models;
using RelayOperator.Api;
using RelayOperator.Operator.Derive;
using Xunit;

namespace RelayOperator.Operator.Tests.Derive;

public sealed class AutoscalerTests
{
    private static readonly AutoscalingSpec Asked = new() { MinReplicas = 2, MaxReplicas = 20, TargetCPUUtilizationPercentage = 70 };

    [Fact]
    public void It_scales_the_pool_and_never_the_pods_behind_the_operators_back()
    {
        var spec = Reading.Single<V2HorizontalPodAutoscaler>(Reading.Pool(spec => spec with { Autoscaling = Asked })).Spec;
        Assert.Equal(
            ("relayoperator.io/v1beta1", "RelayPool", "corp", 2, 20),
            (spec.ScaleTargetRef.ApiVersion, spec.ScaleTargetRef.Kind, spec.ScaleTargetRef.Name, spec.MinReplicas, spec.MaxReplicas));
        var metric = Assert.Single(spec.Metrics);
        Assert.Equal(("cpu", "Utilization", 70), (metric.Resource.Name, metric.Resource.Target.Type, metric.Resource.Target.AverageUtilization));
    }

    [Fact]
    public void It_takes_one_pod_away_at_a_time()
    {
        var down = Reading.Single<V2HorizontalPodAutoscaler>(Reading.Pool(spec => spec with { Autoscaling = Asked })).Spec.Behavior.ScaleDown;
        var policy = Assert.Single(down.Policies);
        Assert.Equal(("Pods", 1), (policy.Type, policy.Value));
    }

    [Fact]
    public void The_workload_follows_what_was_written_to_the_pool() =>
        Assert.Equal(7, Reading.Single<V1Deployment>(Reading.Pool(spec => spec with { Autoscaling = Asked, Replicas = 7 })).Spec.Replicas);

    [Fact]
    public void Without_autoscaling_or_on_the_way_out_there_is_none()
    {
        Assert.Empty(PoolResources.For(Reading.Pool(), Reading.Settings).Objects.OfType<V2HorizontalPodAutoscaler>());
        var deleted = Reading.PoolWithClaims(spec => spec with { Autoscaling = Asked }) with { IsBeingDeleted = true, Claims = [Reading.Claim(0)] };
        Assert.NotEmpty(PoolResources.For(deleted, Reading.Settings).Objects);
        Assert.Empty(PoolResources.For(deleted, Reading.Settings).Objects.OfType<V2HorizontalPodAutoscaler>());
    }
}
