using System.Text.Json.Nodes;
using RelayOperator.TestKit.Cluster.Kinds;
using RelayOperator.TestKit.Cluster.Store;

namespace RelayOperator.TestKit.Cluster.Http;

/// <summary>The scale subresource: an autoscaling/v1 Scale read from an object, and written back into it.</summary>
internal static class ScaleDocument
{
    public static JsonObject Of(ResourceKind kind, JsonObject target)
    {
        var metadata = new JsonObject();
        foreach (var field in new[] { "name", "namespace", "uid", "resourceVersion", "creationTimestamp" })
        {
            metadata.Put(field, target.At("metadata", field)?.DeepClone());
        }
        var status = new JsonObject { ["replicas"] = target.At(kind.Scale!.StatusReplicas)?.DeepClone() ?? 0 };
        if (kind.Scale.Selector is { } path && target.At(path) is { } selector)
        {
            status["selector"] = selector.Text() ?? LabelSelector.Of(selector).ToString();
        }
        return new JsonObject
        {
            ["kind"] = "Scale",
            ["apiVersion"] = "autoscaling/v1",
            ["metadata"] = metadata,
            ["spec"] = new JsonObject { ["replicas"] = target.At(kind.Scale.Replicas)?.DeepClone() ?? 0 },
            ["status"] = status,
        };
    }

    /// <summary>The object with the scale's replicas, uid and version, so that stale ones are refused.</summary>
    public static JsonObject Into(ResourceKind kind, JsonObject target, JsonObject scale)
    {
        if (scale.At("spec", "replicas").Number() is not { } replicas || replicas < 0)
        {
            throw RefusalException.Invalid(kind, target.Name(), [$"spec.replicas: Invalid value: {scale.At("spec", "replicas")?.ToJsonString() ?? "null"}: must be greater than or equal to 0"]);
        }
        target.Ensure(kind.Scale!.Replicas.AsSpan(0, kind.Scale.Replicas.Length - 1))[kind.Scale.Replicas[^1]] = replicas;
        if (scale.ResourceVersion() is { Length: > 0 } version)
        {
            target.Ensure("metadata")["resourceVersion"] = version;
        }
        if (scale.Uid() is { Length: > 0 } uid)
        {
            target.Ensure("metadata")["uid"] = uid;
        }
        return target;
    }
}
