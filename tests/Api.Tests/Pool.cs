namespace RelayOperator.Api.Tests;

/// <summary>Files made of a valid one and the lines that a test is about.</summary>
internal static class Pool
{
    public const string Hub =
        """
        apiVersion: relayoperator.io/v1beta1
        kind: HubTransport
        metadata: { name: ht01, labels: { pool: corp } }
        spec: { host: 10.0.0.1 }
        """;

    /// <summary>A valid pool with further lines of its spec; they replace what the pool has of that field.</summary>
    public static string With(string spec, string metadata = "{ name: corp }") =>
        $"""
        apiVersion: relayoperator.io/v1beta1
        kind: RelayPool
        metadata: {metadata}
        spec:
          {(spec.StartsWith("listeners:", StringComparison.Ordinal) ? "" : "listeners: [{ name: smtp, port: 25 }]")}
          {(spec.StartsWith("hubs:", StringComparison.Ordinal) ? "" : "hubs: { selector: { matchLabels: { pool: corp } } }")}
          {spec}
        """;

    /// <summary>A valid pool and a hub with these fields of its spec.</summary>
    public static string WithHub(string spec, string more = "") => File(With(""), Hub.Replace("{ host: 10.0.0.1 }", spec, StringComparison.Ordinal), more);

    /// <summary>A valid pool and hub, and these documents.</summary>
    public static string And(params string[] documents) => File([With(""), Hub, .. documents]);

    public static string File(params string[] documents) => string.Join("\n---\n", documents.Where(document => document.Length > 0)) + "\n";

    public static string Secret(string name, string stringData) =>
        $$"""
        apiVersion: v1
        kind: Secret
        metadata: { name: {{name}} }
        stringData: { {{stringData}} }
        """;
}
