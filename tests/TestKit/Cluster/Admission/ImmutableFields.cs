using System.Text.Json.Nodes;

namespace RelayOperator.TestKit.Cluster.Admission;

/// <summary>What may not change once it is written. Each fault as <c>field: message</c>.</summary>
public static class ImmutableFields
{
    private const string Immutable = "field is immutable";

    private static readonly string[] StatefulSetMayChange =
        ["replicas", "ordinals", "template", "updateStrategy", "revisionHistoryLimit", "persistentVolumeClaimRetentionPolicy", "minReadySeconds"];

    public static IEnumerable<string> Faults(JsonObject target, JsonObject before) => target["kind"].Text() switch
    {
        "StatefulSet" => StatefulSet(target, before),
        "Deployment" or "ReplicaSet" => Fixed(target, before, "spec", "selector"),
        "Service" => Service(target, before),
        "PersistentVolumeClaim" => Claim(target, before),
        "Secret" => before["immutable"].Flag() == true && !target["data"].Same(before["data"])
            ? ["data: Forbidden: field is immutable when `immutable` is set"]
            : Fixed(target, before, "type"),
        "ConfigMap" when before["immutable"].Flag() == true => Fixed(target, before, "data"),
        "RoleBinding" or "ClusterRoleBinding" => target["roleRef"].Same(before["roleRef"]) ? [] : [$"roleRef: Invalid value: {target["roleRef"]?.ToJsonString()}: cannot change roleRef"],
        "Pod" => Pod(target, before),
        _ => [],
    };

    private static IEnumerable<string> Fixed(JsonObject target, JsonObject before, params string[] path) =>
        target.At(path).Same(before.At(path)) ? [] : [$"{string.Join('.', path)}: Invalid value: {target.At(path)?.ToJsonString() ?? "null"}: {Immutable}"];

    private static IEnumerable<string> StatefulSet(JsonObject target, JsonObject before)
    {
        var fields = (target["spec"] as JsonObject ?? []).Concat(before["spec"] as JsonObject ?? []).Select(field => field.Key).Distinct().Except(StatefulSetMayChange);
        return fields.All(field => target.At("spec", field).Same(before.At("spec", field)))
            ? []
            : [$"spec: Forbidden: updates to statefulset spec for fields other than {string.Join(", ", StatefulSetMayChange.Select(f => $"'{f}'").Take(StatefulSetMayChange.Length - 1))} and '{StatefulSetMayChange[^1]}' are forbidden"];
    }

    private static IEnumerable<string> Service(JsonObject target, JsonObject before)
    {
        if (before.At("spec", "clusterIP").Text() is { Length: > 0 } address && target.At("spec", "clusterIP").Text() != address
            && target.At("spec", "type").Text() != "ExternalName")
        {
            yield return $"spec.clusterIPs[0]: Invalid value: {target.At("spec", "clusterIPs")?.ToJsonString() ?? "null"}: may not change once set";
        }
        if (before.At("spec", "loadBalancerClass") is not null && target.At("spec", "type").Text() == "LoadBalancer" && before.At("spec", "type").Text() == "LoadBalancer"
            && !target.At("spec", "loadBalancerClass").Same(before.At("spec", "loadBalancerClass")))
        {
            yield return $"spec.loadBalancerClass: Invalid value: {target.At("spec", "loadBalancerClass")?.ToJsonString() ?? "null"}: may not change once set";
        }
    }

    private static IEnumerable<string> Claim(JsonObject target, JsonObject before)
    {
        var now = target["spec"] is JsonObject spec ? spec.Copy() : [];
        var then = before["spec"] is JsonObject old ? old.Copy() : [];
        var (asked, had) = (Bytes(now.At("resources", "requests", "storage").Text()), Bytes(then.At("resources", "requests", "storage").Text()));
        (now["resources"]?["requests"] as JsonObject)?.Remove("storage");
        (then["resources"]?["requests"] as JsonObject)?.Remove("storage");
        // The volume's name is filled in by whoever binds it.
        if (then["volumeName"] is null)
        {
            now.Remove("volumeName");
        }
        if (!now.Same(then))
        {
            yield return "spec: Forbidden: spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims";
        }
        else if (asked < had)
        {
            yield return "spec.resources.requests.storage: Forbidden: field can not be less than status.capacity";
        }
        else if (asked > had && before.At("status", "phase").Text() != "Bound")
        {
            yield return "spec: Forbidden: spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims";
        }
    }

    /// <summary>Containers of a pod keep everything but their image.</summary>
    private static IEnumerable<string> Pod(JsonObject target, JsonObject before)
    {
        if (before.At("spec", "nodeName") is null)
        {
            return [];
        }
        return Frozen(target).Same(Frozen(before))
            ? []
            : ["spec: Forbidden: pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)"];

        static JsonObject Frozen(JsonObject pod)
        {
            var spec = pod["spec"] is JsonObject map ? map.Copy() : [];
            spec.Remove("tolerations");
            foreach (var container in spec["containers"].Items().Concat(spec["initContainers"].Items()))
            {
                container.Remove("image");
            }
            return spec;
        }
    }

    /// <summary>A quantity's bytes; 0 where there is none.</summary>
    private static double Bytes(string? quantity)
    {
        if (string.IsNullOrEmpty(quantity))
        {
            return 0;
        }
        var digits = quantity.TrimEnd('K', 'k', 'M', 'G', 'T', 'P', 'i');
        var unit = quantity[digits.Length..];
        var power = unit.Length == 0 ? 0 : "KMGTP".IndexOf(char.ToUpperInvariant(unit[0]), StringComparison.Ordinal) + 1;
        return double.Parse(digits) * Math.Pow(unit.EndsWith('i') ? 1024 : 1000, power);
    }
}
