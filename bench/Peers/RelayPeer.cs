using RelayOperator.Bench.Measuring;
using RelayOperator.TestKit;

namespace RelayOperator.Bench.Peers;

/// <summary>This product, as <c>relay run</c> starts it: defaults, logging every transaction, limits raised to the load.</summary>
public static class RelayPeer
{
    /// <param name="hubs">What it stands in front of.</param>
    /// <param name="tls">Where TLS is spoken, from its first octet on.</param>
    public static async Task<Peer> StartAsync(HubPair hubs, TlsSides tls)
    {
        var port = FreePort.Next();
        var admin = FreePort.Next();
        var file = hubs.Path("pool.yaml");
        await WritePoolAsync(file, hubs, tls != TlsSides.None ? hubs.TlsPorts : hubs.Ports, port, "", tls);
        var server = await Server.StartAsync(hubs.Path("relay.log"), port, "dotnet", Repository.Relay, "run", "--pool", file, "--admin", $"127.0.0.1:{admin}");
        using var http = new HttpClient();
        await Eventually.True(
            async () => (await http.GetStringAsync(new Uri($"http://127.0.0.1:{admin}/status"))).Split("\"Healthy\"").Length == hubs.Ports.Count + 1,
            "both hubs are healthy");
        return new ServerPeer("relay", port, server);
    }

    /// <summary>Writes the pool file.</summary>
    /// <param name="file">Where.</param>
    /// <param name="hubs">Whose authority TLS is verified by.</param>
    /// <param name="hubPorts">Where the hubs listen.</param>
    /// <param name="port">Where the relay listens.</param>
    /// <param name="spec">Further lines of the spec, indented by two.</param>
    /// <param name="tls">Where TLS is spoken.</param>
    public static async Task WritePoolAsync(string file, HubPair hubs, IReadOnlyList<int> hubPorts, int port, string spec, TlsSides tls = TlsSides.None)
    {
        var pool = $$"""
            apiVersion: relayoperator.io/v1beta1
            kind: RelayPool
            metadata: { name: bench }
            spec:
              listeners: [{ name: smtp, port: {{port}}{{(tls == TlsSides.Both ? ", protocol: SMTPS, tls: { secretRef: { name: pair } }" : "")}} }]
              access: [{ name: local, clientCIDRs: [127.0.0.0/8], maxConnections: 20000 }]
              hubs: { selector: { matchLabels: { pool: bench } } }
              limits: { maxConnections: 20000, maxConnectionsPerClient: 20000 }
            {{spec}}

            """;
        for (var i = 0; i < hubPorts.Count; i++)
        {
            pool += $$"""
                ---
                apiVersion: relayoperator.io/v1beta1
                kind: HubTransport
                metadata: { name: ht{{i + 1}}, labels: { pool: bench } }
                spec:
                  host: 127.0.0.1
                  port: {{hubPorts[i]}}
                  {{(tls != TlsSides.None ? "tls: { mode: Implicit, serverName: hub.bench.example, caSecretRef: { name: ca } }" : "tls: { mode: Disabled }")}}
                  limits: { maxConnections: 64 }

                """;
        }

        if (tls != TlsSides.None)
        {
            pool += Secret("ca", ("ca.crt", await File.ReadAllTextAsync(hubs.CaFile)));
        }

        if (tls == TlsSides.Both)
        {
            var pair = await File.ReadAllTextAsync(hubs.PairFile);
            pool += Secret("pair", ("tls.crt", pair), ("tls.key", pair));
        }

        await File.WriteAllTextAsync(file, pool);
    }

    private static string Secret(string name, params IEnumerable<(string Key, string Text)> data) =>
        $"---\napiVersion: v1\nkind: Secret\nmetadata: {{ name: {name} }}\nstringData:\n"
        + string.Concat(data.Select(item => $"  {item.Key}: |\n    {item.Text.TrimEnd().ReplaceLineEndings("\n    ")}\n"));
}
