using RelayOperator.Bench.Measuring;
using RelayOperator.TestKit;

namespace RelayOperator.Bench.Peers;

/// <summary>HAProxy in TCP mode with SMTP health checks, round robin; towards TLS hubs it encrypts anew, and it ends its clients' TLS where they speak it.</summary>
public static class HaProxy
{
    public static async Task<Peer> StartAsync(HubPair hubs, TlsSides tls)
    {
        var port = FreePort.Next();
        var config = hubs.Path("haproxy.cfg");
        var front = tls == TlsSides.Both ? $"ssl crt {hubs.PairFile}" : "";
        var ssl = tls != TlsSides.None ? $"ssl verify required ca-file {hubs.CaFile} verifyhost hub.bench.example" : "";
        var ports = tls != TlsSides.None ? hubs.TlsPorts : hubs.Ports;
        await File.WriteAllTextAsync(config, $"""
            global
                maxconn 2000
            defaults
                mode tcp
                timeout connect 5s
                timeout client 5m
                timeout server 5m
            frontend smtp
                bind 127.0.0.1:{port} {front}
                default_backend hubs
            backend hubs
                balance roundrobin
                option smtpchk EHLO bench.example
                server ht1 127.0.0.1:{ports[0]} {ssl} check inter 5s
                server ht2 127.0.0.1:{ports[1]} {ssl} check inter 5s

            """);
        return new ServerPeer("HAProxy", port, await Server.StartAsync(hubs.Path("haproxy.log"), port, "haproxy", "-db", "-f", config));
    }
}
