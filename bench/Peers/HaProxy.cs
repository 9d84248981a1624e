using RelayOperator.Bench.Measuring;
using RelayOperator.TestKit;

namespace RelayOperator.Bench.Peers;

/// <summary>HAProxy in TCP mode with SMTP health checks, round robin; towards TLS hubs it encrypts anew, and it ends its clients' TLS where they speak it.</summary>
public static class HaProxy
{
    public static async Task<Peer> StartAsync(HubPair hubs, TlsSides tls)
    {
        var port = FreePort.Next();
        var front = tls == TlsSides.Both ? $"ssl crt {hubs.PairFile}" : "";
        var ssl = tls != TlsSides.None ? $"ssl verify required ca-file {hubs.CaFile} verifyhost hub.bench.example" : "";
        var ports = tls != TlsSides.None ? hubs.TlsPorts : hubs.Ports;
        var server = await ServeAsync(hubs, "haproxy", port, $"""
            frontend smtp
                bind 127.0.0.1:{port} {front}
                default_backend hubs
            backend hubs
                balance roundrobin
                option smtpchk EHLO bench.example
                server ht1 127.0.0.1:{ports[0]} {ssl} check inter 5s
                server ht2 127.0.0.1:{ports[1]} {ssl} check inter 5s

            """);
        return new ServerPeer("HAProxy", port, server);
    }

    /// <summary>An HAProxy in TCP mode, as the peer is one and others do its TLS.</summary>
    /// <param name="hubs">In whose folder its files lie.</param>
    /// <param name="name">What they are called.</param>
    /// <param name="port">Where it is to serve.</param>
    /// <param name="sections">Its own part of the configuration.</param>
    public static async Task<Server> ServeAsync(HubPair hubs, string name, int port, string sections)
    {
        var config = hubs.Path($"{name}.cfg");
        await File.WriteAllTextAsync(config, $"""
            global
                maxconn 2000
            defaults
                mode tcp
                timeout connect 5s
                timeout client 5m
                timeout server 5m
            {sections}
            """);
        return await Server.StartAsync(hubs.Path($"{name}.log"), port, "haproxy", "-db", "-f", config);
    }
}
