using System.Text.Json.Nodes;

namespace RelayOperator.Chart.Tests.Rendered;

/// <summary>
/// The Pod Security Standard "restricted" (kubernetes.io/docs/concepts/security/pod-security-standards), and what this
/// project asks for beyond it: a read-only root file system and no token that is not needed.
/// </summary>
internal static class RestrictedPod
{
    private static readonly string[] Volumes =
        ["configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret"];

    /// <summary>What is wrong with the pod of an object; empty for nothing.</summary>
    public static IEnumerable<string> Faults(Manifest manifest)
    {
        var spec = manifest.Pod!["spec"]!;
        var pod = spec["securityContext"];
        return
        [
            .. new[] { "hostNetwork", "hostPID", "hostIPC" }.Where(field => Is(spec[field], true)),
            .. Manifest.List(spec["volumes"]).SelectMany(volume => volume!.AsObject()).Select(field => field.Key)
                .Where(key => key != "name" && !Volumes.Contains(key)).Select(key => $"volume {key}"),
            .. manifest.Containers.SelectMany(container => ContainerFaults(pod, container).Select(fault => $"{Manifest.Text(container["name"])}: {fault}")),
            .. spec["automountServiceAccountToken"] is null ? ["does not say whether it needs a token"] : Array.Empty<string>(),
        ];
    }

    private static IEnumerable<string> ContainerFaults(JsonNode? pod, JsonObject container)
    {
        var own = container["securityContext"];
        JsonNode? Setting(string field) => own?[field] ?? pod?[field];
        var capabilities = own?["capabilities"];
        (bool Right, string Fault)[] checks =
        [
            (Is(own?["allowPrivilegeEscalation"], false), "allowPrivilegeEscalation is not false"),
            (!Is(own?["privileged"], true), "privileged"),
            (Manifest.Texts(capabilities?["drop"]).Contains("ALL"), "does not drop ALL"),
            (Manifest.Texts(capabilities?["add"]).All(added => added == "NET_BIND_SERVICE"), "adds a capability"),
            (Is(Setting("runAsNonRoot"), true), "runAsNonRoot is not true"),
            (Manifest.Text(Setting("runAsUser")) != "0", "runs as root"),
            (Manifest.Text(Setting("seccompProfile")?["type"]) is "RuntimeDefault" or "Localhost", "no seccompProfile"),
            (Manifest.Text(own?["procMount"]) is "" or "Default", "procMount"),
            (Manifest.List(container["ports"]).All(port => port!["hostPort"] is null), "hostPort"),
            (Is(own?["readOnlyRootFilesystem"], true), "the root file system can be written"),
        ];
        return checks.Where(check => !check.Right).Select(check => check.Fault);
    }

    private static bool Is(JsonNode? node, bool value) => node is not null && node.GetValue<bool>() == value;
}
