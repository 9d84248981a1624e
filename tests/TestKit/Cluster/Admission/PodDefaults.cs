using System.Text.Json.Nodes;

namespace RelayOperator.TestKit.Cluster.Admission;

/// <summary>The defaults of a pod's spec, wherever one stands.</summary>
internal static class PodDefaults
{
    private static readonly string[] Probes = ["livenessProbe", "readinessProbe", "startupProbe"];

    public static void Apply(JsonObject spec)
    {
        BuiltInDefaults.Missing(spec, "restartPolicy", "Always");
        BuiltInDefaults.Missing(spec, "terminationGracePeriodSeconds", 30);
        BuiltInDefaults.Missing(spec, "dnsPolicy", "ClusterFirst");
        BuiltInDefaults.Missing(spec, "schedulerName", "default-scheduler");
        BuiltInDefaults.Missing(spec, "securityContext", new JsonObject());
        if (spec["serviceAccountName"] is { } account)
        {
            BuiltInDefaults.Missing(spec, "serviceAccount", account.DeepClone());
        }
        foreach (var container in spec["containers"].Items().Concat(spec["initContainers"].Items()))
        {
            Container(container);
        }
        foreach (var volume in spec["volumes"].Items())
        {
            Volume(volume);
        }
    }

    private static void Container(JsonObject container)
    {
        var image = container["image"].Text() ?? "";
        var isLatest = !image.Contains('@', StringComparison.Ordinal)
            && (image.EndsWith(":latest", StringComparison.Ordinal) || !image[(image.LastIndexOf('/') + 1)..].Contains(':', StringComparison.Ordinal));
        BuiltInDefaults.Missing(container, "imagePullPolicy", isLatest ? "Always" : "IfNotPresent");
        BuiltInDefaults.Missing(container, "terminationMessagePath", "/dev/termination-log");
        BuiltInDefaults.Missing(container, "terminationMessagePolicy", "File");
        BuiltInDefaults.Missing(container, "resources", new JsonObject());
        // What is limited and not requested is requested as limited.
        if (container.At("resources", "limits") is JsonObject limits)
        {
            foreach (var (name, amount) in limits)
            {
                BuiltInDefaults.Missing(container.Ensure("resources", "requests"), name, amount!.DeepClone());
            }
        }
        foreach (var port in container["ports"].Items())
        {
            BuiltInDefaults.Missing(port, "protocol", "TCP");
        }
        foreach (var source in container["env"].Items().Select(env => env.At("valueFrom", "fieldRef")).OfType<JsonObject>())
        {
            BuiltInDefaults.Missing(source, "apiVersion", "v1");
        }
        foreach (var probe in Probes.Select(name => container[name]).OfType<JsonObject>())
        {
            BuiltInDefaults.Missing(probe, "timeoutSeconds", 1);
            BuiltInDefaults.Missing(probe, "periodSeconds", 10);
            BuiltInDefaults.Missing(probe, "successThreshold", 1);
            BuiltInDefaults.Missing(probe, "failureThreshold", 3);
            if (probe["httpGet"] is JsonObject get)
            {
                BuiltInDefaults.Missing(get, "path", "/");
                BuiltInDefaults.Missing(get, "scheme", "HTTP");
            }
        }
    }

    private static void Volume(JsonObject volume)
    {
        foreach (var source in new[] { "secret", "configMap", "projected", "downwardAPI" }.Select(name => volume[name]).OfType<JsonObject>())
        {
            BuiltInDefaults.Missing(source, "defaultMode", 420);
        }
    }
}
