using System.Text.Json.Nodes;
using Xunit;

namespace RelayOperator.Chart.Tests.Rendered;

/// <summary>The checker of the Pod Security Standard sees what it is there to see.</summary>
public sealed class RestrictedPodTests
{
    private const string Restricted =
        """
        { "kind": "Pod", "spec": {
            "automountServiceAccountToken": false,
            "securityContext": { "runAsNonRoot": true, "seccompProfile": { "type": "RuntimeDefault" } },
            "volumes": [{ "name": "tmp", "emptyDir": {} }],
            "containers": [{ "name": "c", "ports": [{ "containerPort": 1 }], "securityContext": {
                "allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true, "capabilities": { "drop": ["ALL"] } } }] } }
        """;

    [Fact]
    public void A_restricted_pod_is_faultless() => Assert.Empty(Faults("", ""));

    [Theory]
    [InlineData("\"automountServiceAccountToken\": false,", "\"hostNetwork\": true, \"automountServiceAccountToken\": false,", "hostNetwork")]
    [InlineData("\"automountServiceAccountToken\": false,", "", "does not say whether it needs a token")]
    [InlineData("\"emptyDir\": {}", "\"hostPath\": {}", "volume hostPath")]
    [InlineData("\"runAsNonRoot\": true", "\"runAsNonRoot\": false", "c: runAsNonRoot is not true")]
    [InlineData("\"runAsNonRoot\": true", "\"runAsNonRoot\": true, \"runAsUser\": 0", "c: runs as root")]
    [InlineData("RuntimeDefault", "Unconfined", "c: no seccompProfile")]
    [InlineData("\"allowPrivilegeEscalation\": false,", "", "c: allowPrivilegeEscalation is not false")]
    [InlineData("\"allowPrivilegeEscalation\": false,", "\"allowPrivilegeEscalation\": false, \"privileged\": true,", "c: privileged")]
    [InlineData("\"allowPrivilegeEscalation\": false,", "\"allowPrivilegeEscalation\": false, \"procMount\": \"Unmasked\",", "c: procMount")]
    [InlineData("\"readOnlyRootFilesystem\": true,", "", "c: the root file system can be written")]
    [InlineData("[\"ALL\"]", "[\"NET_RAW\"]", "c: does not drop ALL")]
    [InlineData("[\"ALL\"]", "[\"ALL\"], \"add\": [\"SYS_ADMIN\"]", "c: adds a capability")]
    [InlineData("\"containerPort\": 1", "\"containerPort\": 1, \"hostPort\": 1", "c: hostPort")]
    public void A_pod_that_is_not_is_told_why(string instead, string of, string fault) => Assert.Equal([fault], Faults(instead, of));

    [Fact]
    public void A_container_overrides_its_pod() =>
        Assert.Equal(["c: runAsNonRoot is not true"], Faults("\"allowPrivilegeEscalation\": false,", "\"allowPrivilegeEscalation\": false, \"runAsNonRoot\": false,"));

    private static IEnumerable<string> Faults(string instead, string of)
    {
        Assert.Contains(instead, Restricted, StringComparison.Ordinal);
        var text = instead.Length == 0 ? Restricted : Restricted.Replace(instead, of, StringComparison.Ordinal);
        return RestrictedPod.Faults(new Manifest(JsonNode.Parse(text)!.AsObject()));
    }
}
