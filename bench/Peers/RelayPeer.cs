using RelayOperator.Bench.Measuring;
using RelayOperator.TestKit;

namespace RelayOperator.Bench.Peers;

/// <summary>This product, as <c>relay run</c> starts it: defaults, logging every transaction, limits raised to the load.</summary>
public static class RelayPeer
{
    public static async Task<Peer> StartAsync(HubPair hubs)
    {
        var port = FreePort.Next();
        var admin = FreePort.Next();
        var file = hubs.Path("pool.yaml");
        var tls = hubs.TlsPorts.Count > 0;
        var pool = $$"""
            apiVersion: relayoperator.io/v1beta1
            kind: RelayPool
            metadata: { name: bench }
            spec:
              listeners: [{ name: smtp, port: {{port}} }]
              access: [{ name: local, clientCIDRs: [127.0.0.0/8], maxConnections: 20000 }]
              hubs: { selector: { matchLabels: { pool: bench } } }
              limits: { maxConnections: 20000, maxConnectionsPerClient: 20000 }

            """;
        for (var i = 0; i < hubs.Ports.Count; i++)
        {
            pool += $$"""
                ---
                apiVersion: relayoperator.io/v1beta1
                kind: HubTransport
                metadata: { name: ht{{i + 1}}, labels: { pool: bench } }
                spec:
                  host: 127.0.0.1
                  port: {{(tls ? hubs.TlsPorts[i] : hubs.Ports[i])}}
                  {{(tls ? "tls: { mode: Implicit, serverName: hub.bench.example, caSecretRef: { name: ca } }" : "tls: { mode: Disabled }")}}
                  limits: { maxConnections: 64 }

                """;
        }

        if (tls)
        {
            pool += $"""
                ---
                apiVersion: v1
                kind: Secret
                metadata:
                  name: ca
                stringData:
                  ca.crt: |
                    {(await File.ReadAllTextAsync(hubs.CaFile)).ReplaceLineEndings("\n    ")}

                """;
        }

        await File.WriteAllTextAsync(file, pool);
        var server = await Server.StartAsync(hubs.Path("relay.log"), port, "dotnet", Repository.Relay, "run", "--pool", file, "--admin", $"127.0.0.1:{admin}");
        using var http = new HttpClient();
        await Eventually.True(
            async () => (await http.GetStringAsync(new Uri($"http://127.0.0.1:{admin}/status"))).Split("\"Healthy\"").Length == hubs.Ports.Count + 1,
            "both hubs are healthy");
        return new ServerPeer("relay", port, server);
    }
}
