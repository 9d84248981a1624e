using System.Diagnostics;
using RelayOperator.Bench.Measuring;
using RelayOperator.TestKit;

namespace RelayOperator.Bench.Peers;

/// <summary>
/// Postfix with relayhost set to both hubs, its own configuration and queue, and more processes than sessions. It answers
/// when the mail is in its queue, so a run ends when that queue is empty.
/// </summary>
public sealed class Postfix : Peer
{
    private static readonly string[] ActiveQueues = ["maildrop", "incoming", "active", "deferred"];

    private readonly Server _server;
    private readonly string _queue;

    private Postfix(int port, Server server, string queue)
        : base("Postfix", port)
    {
        _server = server;
        _queue = queue;
    }

    public override ProcessTree Tree => _server.Tree;

    public static async Task<Peer> StartAsync(HubPair hubs)
    {
        var port = FreePort.Next();
        var config = Directory.CreateDirectory(hubs.Path("postfix")).FullName;
        var queue = Directory.CreateDirectory(hubs.Path("postfix-queue")).FullName;
        var data = Directory.CreateDirectory(hubs.Path("postfix-data")).FullName;
        using (var chown = Process.Start("chown", ["postfix", data]))
        {
            await chown.WaitForExitAsync();
        }

        await File.WriteAllTextAsync(Path.Combine(config, "main.cf"), $"""
            compatibility_level = 3.6
            queue_directory = {queue}
            data_directory = {data}
            maillog_file = {hubs.Path("postfix.log")}
            maillog_file_prefixes = /
            myhostname = postfix.bench.example
            mydestination =
            local_recipient_maps =
            alias_maps =
            alias_database =
            inet_interfaces = 127.0.0.1
            inet_protocols = ipv4
            mynetworks = 127.0.0.0/8
            relayhost = [127.0.0.1]:{hubs.Ports[0]}, [127.0.0.1]:{hubs.Ports[1]}
            smtp_dns_support_level = disabled
            message_size_limit = 36700160
            mailbox_size_limit = 0
            default_process_limit = 200
            smtp_destination_concurrency_limit = 64
            smtp_initial_destination_concurrency = 32
            in_flow_delay = 0
            smtpd_client_connection_count_limit = 0
            smtpd_tls_security_level = none
            smtp_tls_security_level = none

            """);
        await File.WriteAllTextAsync(Path.Combine(config, "master.cf"), $"""
            127.0.0.1:{port} inet n - n - - smtpd
            cleanup unix n - n - 0 cleanup
            qmgr unix n - n 300 1 qmgr
            rewrite unix - - n - - trivial-rewrite
            bounce unix - - n - 0 bounce
            defer unix - - n - 0 bounce
            trace unix - - n - 0 bounce
            verify unix - - n - 1 verify
            flush unix n - n 1000? 0 flush
            proxymap unix - - n - - proxymap
            smtp unix - - n - - smtp
            relay unix - - n - - smtp
            error unix - - n - - error
            retry unix - - n - - error
            anvil unix - - n - 1 anvil
            scache unix - - n - 1 scache
            postlog unix-dgram n - n - 1 postlogd

            """);
        return new Postfix(port, await Server.StartAsync(hubs.Path("postfix-start.log"), port, "postfix", "-c", config, "start-fg"), queue);
    }

    public override Task DeliveredAsync() => Eventually.True(
        () => ActiveQueues.All(name => !Directory.EnumerateFiles(Path.Combine(_queue, name), "*", SearchOption.AllDirectories).Any()),
        "Postfix's queue is empty",
        300);

    protected override Task StopAsync() => _server.DisposeAsync().AsTask();
}
