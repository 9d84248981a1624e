using System.Text;
using System.Text.Json;
using RelayOperator.Operator.Cluster;
using RelayOperator.Operator.Derive;
using RelayOperator.Operator.Rollouts;

namespace RelayOperator.Operator.Gather;

/// <summary>Reads StatefulSets and Deployments as far as pools need them.</summary>
internal static class WorkloadReading
{
    public static GatheredWorkload Of(JsonElement whole)
    {
        var (meta, spec, status) = (ObjectMeta.Of(whole), JsonFields.Part(whole, "spec"), JsonFields.Part(whole, "status"));
        var template = JsonFields.Part(spec, "template");
        return new GatheredWorkload
        {
            Replicas = (int)JsonFields.Number(spec, "replicas"),
            UpdatedReplicas = (int)JsonFields.Number(status, "updatedReplicas"),
            OldReplicas = (int)Math.Max(0, JsonFields.Number(status, "replicas") - JsonFields.Number(status, "updatedReplicas")),
            ReadyReplicas = (int)JsonFields.Number(status, "readyReplicas"),
            ClaimStorage = JsonFields.Items(spec, "volumeClaimTemplates").Select(claim => JsonFields.Storage(JsonFields.Part(claim, "spec"))).FirstOrDefault(""),
            IsObserved = JsonFields.Number(status, "observedGeneration") >= meta.Generation,
            TemplateJson = template.ValueKind == JsonValueKind.Object ? Encoding.UTF8.GetBytes(template.GetRawText()) : null,
            Rollout = RolloutMark.Parse(meta.Annotations.GetValueOrDefault(PoolNames.RolloutAnnotation)),
        };
    }
}
