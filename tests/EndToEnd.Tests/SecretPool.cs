namespace RelayOperator.EndToEnd.Tests;

/// <summary>The file of a pool with one hub, and with the Secrets that its listeners name.</summary>
internal static class SecretPool
{
    /// <summary>Writes it.</summary>
    /// <param name="listeners">Each as a mapping in braces.</param>
    /// <param name="access">The only access rule, in braces.</param>
    /// <param name="hub">The hub's port.</param>
    /// <param name="secrets">What the Secrets hold, by name and key.</param>
    public static string Of(IEnumerable<string> listeners, string access, int hub, params IEnumerable<(string Name, string Key, string Value)> secrets) => $$"""
        apiVersion: relayoperator.io/v1beta1
        kind: RelayPool
        metadata: { name: test }
        spec:
          listeners: [{{string.Join(", ", listeners)}}]
          access: [{{access}}]
          hubs: { selector: { matchLabels: { pool: test } } }
        ---
        apiVersion: relayoperator.io/v1beta1
        kind: HubTransport
        metadata: { name: ht1, labels: { pool: test } }
        spec: { host: 127.0.0.1, port: {{hub}} }
        {{string.Concat(secrets.GroupBy(secret => secret.Name).Select(Secret))}}
        """;

    /// <summary>A certificate and its key, as listeners want them.</summary>
    public static IEnumerable<(string Name, string Key, string Value)> Pair(string name, (string Certificate, string Key) pair) =>
        [(name, "tls.crt", pair.Certificate), (name, "tls.key", pair.Key)];

    private static string Secret(IGrouping<string, (string Name, string Key, string Value)> values) => $$"""
        ---
        apiVersion: v1
        kind: Secret
        metadata: { name: {{values.Key}} }
        stringData: { {{string.Join(", ", values.Select(value => $"{value.Key}: {Quoted(value.Value)}"))}} }

        """;

    private static string Quoted(string text) => $"\"{text.Replace("\n", "\\n", StringComparison.Ordinal)}\"";
}
