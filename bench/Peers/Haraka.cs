using RelayOperator.Bench.Measuring;
using RelayOperator.TestKit;

namespace RelayOperator.Bench.Peers;

/// <summary>Haraka with queue/smtp_forward to both hubs and one worker per core; as a proxy it answers with the hub's verdict.</summary>
public static class Haraka
{
    public static async Task<Peer> StartAsync(HubPair hubs)
    {
        var port = FreePort.Next();
        var root = hubs.Path("haraka");
        var config = Directory.CreateDirectory(Path.Combine(root, "config")).FullName;
        Directory.CreateDirectory(Path.Combine(root, "queue"));
        async Task Write(string name, string text) => await File.WriteAllTextAsync(Path.Combine(config, name), text);
        await Write("smtp.ini", $"listen=127.0.0.1:{port}\nnodes={Environment.ProcessorCount}\n");
        await Write("me", "haraka.bench.example\n");
        await Write("plugins", "relay\nqueue/smtp_forward\n");
        await Write("relay.ini", "[relay]\nacl=true\n");
        await Write("relay_acl_allow", "127.0.0.0/8\n");
        await Write("smtp_forward.ini", $"enable_outbound=true\nmax_connections=64\nforwarding_host_pool=127.0.0.1:{hubs.Ports[0]},127.0.0.1:{hubs.Ports[1]}\n");
        await Write("log.ini", "level=warn\n");
        await Write("connection.ini", "[max]\nbytes=36700160\nmime_parts=1000\nline_length=512\ndata_line_length=992\n[message]\nhelo=Haraka\nclose=bye\n[uuid]\nbanner_chars=6\n");
        var program = Path.Combine(Repository.Root, "artifacts", "haraka", "node_modules", "Haraka", "bin", "haraka");
        return new ServerPeer("Haraka", port, await Server.StartAsync(hubs.Path("haraka.log"), port, "node", program, "-c", root));
    }
}
