using System.Text.Json.Nodes;

namespace RelayOperator.TestKit.Cluster.Admission;

/// <summary>The defaults of built-in kinds: what an operator finds in an object that it never wrote there.</summary>
public static class BuiltInDefaults
{
    public static void Apply(JsonObject target)
    {
        var spec = target["spec"] as JsonObject;
        switch (target["kind"].Text())
        {
            case "Pod" when spec is not null:
                PodDefaults.Apply(spec);
                Missing(target.Ensure("status"), "phase", "Pending");
                break;
            case "Deployment" when spec is not null:
                Workload(spec);
                Missing(spec, "progressDeadlineSeconds", 600);
                var strategy = spec.Ensure("strategy");
                Missing(strategy, "type", "RollingUpdate");
                if (strategy["type"].Text() == "RollingUpdate")
                {
                    Missing(strategy.Ensure("rollingUpdate"), "maxSurge", "25%");
                    Missing(strategy.Ensure("rollingUpdate"), "maxUnavailable", "25%");
                }
                break;
            case "StatefulSet" when spec is not null:
                StatefulSet(spec);
                break;
            case "ReplicaSet" when spec is not null:
                Workload(spec);
                spec.Remove("revisionHistoryLimit");
                break;
            case "Service" when spec is not null:
                Service(spec);
                break;
            case "HorizontalPodAutoscaler" when spec is not null:
                Missing(spec, "minReplicas", 1);
                break;
            case "NetworkPolicy" when spec is not null:
                NetworkPolicy(spec);
                break;
            case "PersistentVolumeClaim" when spec is not null:
                Missing(spec, "volumeMode", "Filesystem");
                break;
            case "Secret":
                Secret(target);
                break;
            case "RoleBinding" or "ClusterRoleBinding":
                Binding(target);
                break;
            case "Namespace":
                Missing(target.Ensure("metadata", "labels"), "kubernetes.io/metadata.name", target.Name());
                if (spec?["finalizers"] is null)
                {
                    target.Ensure("spec")["finalizers"] = new JsonArray("kubernetes");
                }
                Missing(target.Ensure("status"), "phase", "Active");
                break;
        }
    }

    internal static void Missing(JsonObject map, string key, JsonNode value)
    {
        if (map[key] is null)
        {
            map[key] = value;
        }
    }

    private static void Workload(JsonObject spec)
    {
        Missing(spec, "replicas", 1);
        Missing(spec, "revisionHistoryLimit", 10);
        PodDefaults.Apply(spec.Ensure("template", "spec"));
    }

    private static void StatefulSet(JsonObject spec)
    {
        Workload(spec);
        Missing(spec, "podManagementPolicy", "OrderedReady");
        var strategy = spec.Ensure("updateStrategy");
        Missing(strategy, "type", "RollingUpdate");
        if (strategy["type"].Text() == "RollingUpdate")
        {
            Missing(strategy.Ensure("rollingUpdate"), "partition", 0);
        }
        Missing(spec.Ensure("persistentVolumeClaimRetentionPolicy"), "whenDeleted", "Retain");
        Missing(spec.Ensure("persistentVolumeClaimRetentionPolicy"), "whenScaled", "Retain");
        foreach (var claim in spec["volumeClaimTemplates"].Items())
        {
            Missing(claim, "apiVersion", "v1");
            Missing(claim, "kind", "PersistentVolumeClaim");
            Missing(claim.Ensure("spec"), "volumeMode", "Filesystem");
            Missing(claim.Ensure("status"), "phase", "Pending");
        }
    }

    private static void Service(JsonObject spec)
    {
        Missing(spec, "type", "ClusterIP");
        Missing(spec, "sessionAffinity", "None");
        if (spec["sessionAffinity"].Text() == "ClientIP")
        {
            Missing(spec.Ensure("sessionAffinityConfig", "clientIP"), "timeoutSeconds", 10800);
        }
        if (spec["type"].Text() != "ExternalName")
        {
            Missing(spec, "internalTrafficPolicy", "Cluster");
        }
        if (spec["type"].Text() is "LoadBalancer" or "NodePort")
        {
            Missing(spec, "externalTrafficPolicy", "Cluster");
        }
        if (spec["type"].Text() == "LoadBalancer")
        {
            Missing(spec, "allocateLoadBalancerNodePorts", true);
        }
        foreach (var port in spec["ports"].Items())
        {
            Missing(port, "protocol", "TCP");
            Missing(port, "targetPort", port["port"]?.DeepClone() ?? 0);
        }
    }

    private static void NetworkPolicy(JsonObject spec)
    {
        if (spec["policyTypes"] is null)
        {
            spec["policyTypes"] = spec["egress"] is null ? new JsonArray("Ingress") : new JsonArray("Ingress", "Egress");
        }
        foreach (var port in spec["ingress"].Items().Concat(spec["egress"].Items()).SelectMany(rule => rule["ports"].Items()))
        {
            Missing(port, "protocol", "TCP");
        }
    }

    /// <summary>stringData is write-only: it ends up in data.</summary>
    private static void Secret(JsonObject target)
    {
        Missing(target, "type", "Opaque");
        if (target["stringData"] is JsonObject plain)
        {
            foreach (var (key, value) in plain)
            {
                target.Ensure("data")[key] = Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(value.Text() ?? ""));
            }
            target.Remove("stringData");
        }
    }

    private static void Binding(JsonObject target)
    {
        Missing(target.Ensure("roleRef"), "apiGroup", "rbac.authorization.k8s.io");
        foreach (var subject in target["subjects"].Items().Where(subject => subject["kind"].Text() is "User" or "Group"))
        {
            Missing(subject, "apiGroup", "rbac.authorization.k8s.io");
        }
    }
}
