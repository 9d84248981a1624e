using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using RelayOperator.TestKit.Cluster.Store;

namespace RelayOperator.TestKit.Cluster.Admission;

/// <summary>What the real server refuses in built-in kinds: the faults that an operator can make, not all there are.</summary>
public static partial class BuiltInRules
{
    /// <summary>Keys and values of a Secret or ConfigMap together.</summary>
    private const int MaxDataBytes = 1024 * 1024;

    /// <summary>Each as <c>field: message</c>.</summary>
    public static IEnumerable<string> Faults(JsonObject target) => MetadataFaults(target).Concat(target["kind"].Text() switch
    {
        "Deployment" or "StatefulSet" or "ReplicaSet" => Workload(target),
        "Pod" => PodSpec(target["spec"], "spec"),
        "Service" => Service(target),
        "Secret" => Secret(target),
        _ => [],
    });

    private static IEnumerable<string> MetadataFaults(JsonObject target)
    {
        if (target["kind"].Text() is not ("Role" or "RoleBinding" or "ClusterRole" or "ClusterRoleBinding"))
        {
            var isLabel = target["kind"].Text() is "Service" or "Namespace";
            var fits = isLabel ? DnsLabel().IsMatch(target.Name()) && target.Name().Length <= 63 : DnsSubdomain().IsMatch(target.Name()) && target.Name().Length <= 253;
            if (!fits)
            {
                yield return isLabel
                    ? $"metadata.name: Invalid value: \"{target.Name()}\": a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character"
                    : $"metadata.name: Invalid value: \"{target.Name()}\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character";
            }
        }
        foreach (var fault in LabelFaults(target.At("metadata", "labels"), "metadata.labels"))
        {
            yield return fault;
        }
    }

    private static IEnumerable<string> LabelFaults(JsonNode? labels, string path) => labels is not JsonObject map ? [] : map
        .Where(label => label.Value.Text() is not { } value || value.Length > 63 || (value.Length > 0 && !LabelValue().IsMatch(value)))
        .Select(label => $"{path}: Invalid value: {label.Value?.ToJsonString() ?? "null"}: a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character");

    private static IEnumerable<string> Workload(JsonObject target)
    {
        var template = target.At("spec", "template");
        if (target.At("spec", "selector") is not JsonObject selector || selector.Count == 0)
        {
            yield return "spec.selector: Required value";
        }
        else if (template is not JsonObject labelled || !LabelSelector.Of(selector).Matches(labelled))
        {
            yield return $"spec.template.metadata.labels: Invalid value: {template.At("metadata", "labels")?.ToJsonString() ?? "null"}: `selector` does not match template `labels`";
        }
        if (target.At("spec", "replicas").Number() is < 0 and var replicas)
        {
            yield return $"spec.replicas: Invalid value: {replicas}: must be greater than or equal to 0";
        }
        foreach (var fault in LabelFaults(template.At("metadata", "labels"), "spec.template.metadata.labels").Concat(PodSpec(template.At("spec"), "spec.template.spec")))
        {
            yield return fault;
        }
    }

    private static IEnumerable<string> PodSpec(JsonNode? spec, string path)
    {
        if (!spec.At("containers").Items().Any())
        {
            yield return $"{path}.containers: Required value";
        }
        var volumes = spec.At("volumes").Items().Select(volume => volume["name"].Text()).ToHashSet(StringComparer.Ordinal);
        var index = -1;
        foreach (var container in spec.At("containers").Items())
        {
            var at = $"{path}.containers[{++index}]";
            if (container["image"].Text() is null or "")
            {
                yield return $"{at}.image: Required value";
            }
            foreach (var port in container["ports"].Items().Select(port => port["name"].Text()).Where(name => name?.Length > 15))
            {
                yield return $"{at}.ports[0].name: Invalid value: \"{port}\": must be no more than 15 characters";
            }
            // The claims of a StatefulSet become volumes of its pods under the same names.
            foreach (var mount in container["volumeMounts"].Items().Select(mount => mount["name"].Text()).Where(name => !volumes.Contains(name) && !IsClaim(spec, name)))
            {
                yield return $"{at}.volumeMounts[0].name: Not found: \"{mount}\"";
            }
        }
    }

    private static bool IsClaim(JsonNode? spec, string? name) =>
        spec?.Parent?.Parent.At("volumeClaimTemplates").Items().Any(claim => claim.Name() == name) == true;

    private static IEnumerable<string> Service(JsonObject target)
    {
        var ports = target.At("spec", "ports").Items().ToList();
        if (ports.Count == 0 && target.At("spec", "clusterIP").Text() != "None" && target.At("spec", "type").Text() != "ExternalName")
        {
            yield return "spec.ports: Required value";
        }
        for (var i = 0; i < ports.Count; i++)
        {
            if (ports[i]["port"].Number() is not (> 0 and < 65536))
            {
                yield return $"spec.ports[{i}].port: Invalid value: {ports[i]["port"]?.ToJsonString() ?? "0"}: must be between 1 and 65535, inclusive";
            }
            if (ports.Count > 1 && ports[i]["name"].Text() is null or "")
            {
                yield return $"spec.ports[{i}].name: Required value";
            }
            if (ports.Take(i).Any(other => other["name"].Same(ports[i]["name"])))
            {
                yield return $"spec.ports[{i}].name: Duplicate value: {ports[i]["name"]?.ToJsonString()}";
            }
        }
        if (target.At("spec", "externalTrafficPolicy") is { } policy && target.At("spec", "type").Text() == "ClusterIP")
        {
            yield return $"spec.externalTrafficPolicy: Invalid value: {policy.ToJsonString()}: may only be set for externally-accessible services";
        }
    }

    private static IEnumerable<string> Secret(JsonObject target)
    {
        if (target["data"] is not JsonObject data)
        {
            yield break;
        }
        long bytes = 0;
        foreach (var (key, value) in data)
        {
            var text = value.Text() ?? "";
            bytes += text.Length / 4 * 3;
            if (!System.Buffers.Text.Base64.IsValid(text))
            {
                yield return $"data[{key}]: Invalid value: \"<secret contents redacted>\": illegal base64 data";
            }
            if (!DataKey().IsMatch(key))
            {
                yield return $"data[{key}]: Invalid value: \"{key}\": a valid config key must consist of alphanumeric characters, '-', '_' or '.'";
            }
        }
        if (bytes > MaxDataBytes)
        {
            yield return $"data: Too long: may not be more than {MaxDataBytes} bytes";
        }
        foreach (var needed in target["type"].Text() == "kubernetes.io/tls" ? new[] { "tls.crt", "tls.key" } : [])
        {
            if (!data.ContainsKey(needed))
            {
                yield return $"data[{needed}]: Required value";
            }
        }
    }

    [GeneratedRegex("^[a-z]([-a-z0-9]*[a-z0-9])?$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex DnsLabel();

    [GeneratedRegex(@"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex DnsSubdomain();

    [GeneratedRegex("^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex LabelValue();

    [GeneratedRegex("^[-._a-zA-Z0-9]+$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex DataKey();
}
