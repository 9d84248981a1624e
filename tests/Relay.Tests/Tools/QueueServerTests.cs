using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using RelayOperator.Api.Config;
using RelayOperator.Relay.Routing;
using RelayOperator.Relay.Spool;
using RelayOperator.Relay.Tests.Spool;
using RelayOperator.Relay.Tools;
using RelayOperator.TestKit;
using Xunit;

namespace RelayOperator.Relay.Tests.Tools;

public sealed class QueueServerTests
{
    [Fact]
    public async Task A_message_that_was_deferred_for_an_hour_is_sent_at_once_by_retry()
    {
        await using var hub = new ScriptedHub();
        hub.On("RCPT", "450 4.2.0 later");
        await using var relay = await SpoolRelay.StartAsync([hub], config => config with { Delivery = config.Delivery with { Mode = DeliveryMode.StoreAndForward, RetrySeconds = [3600] } });
        var socket = SocketPath.In(relay.Folder);
        var id = (await relay.SendAsync())[^1][^13..];
        await Eventually.True(async () => (await ToolRun.StartAsync(socket, "show", id)).Output.Contains("ht1: 450 4.2.0 later", StringComparison.Ordinal), "it was tried");
        Assert.Matches(@"Attempts\s+\S+  ht1: 450 4\.2\.0 later  route=default recipients=\[0\]", (await ToolRun.StartAsync(socket, "show", id)).Output);
        hub.Reset("RCPT");

        Assert.Equal(0, (await ToolRun.StartAsync(socket, "retry", id)).Code);

        await relay.EmptyAsync();
        Assert.Single(hub.Messages);
    }

    [Fact]
    public async Task The_socket_is_the_users_own_and_goes_with_the_relay()
    {
        using var folder = new TempFolder();
        var socket = SocketPath.In(folder.Path);
        await using (await TestRelay.StartAsync([], spoolFolder: folder.Path))
        {
            Assert.Equal(0, (await ToolRun.StartAsync(socket, "list")).Code);
            if (!OperatingSystem.IsWindows())
            {
                Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(socket));
            }
        }

        Assert.False(File.Exists(socket));
        var run = await ToolRun.StartAsync(socket, "list");
        Assert.Equal(1, run.Code);
        Assert.StartsWith($"relay queue list: no relay listens at {socket}: ", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_socket_that_a_killed_relay_left_is_replaced()
    {
        using var folder = new TempFolder();
        var path = folder.File("relay.sock");
        Leave(path);
        Assert.True(File.Exists(path));

        var (server, refusal) = await StartAsync(path);

        Assert.Null(refusal);
        await server!.DisposeAsync();
    }

    [Fact]
    public async Task A_relative_path_will_do()
    {
        using var folder = new TempFolder();
        var (server, refusal) = await StartAsync(Path.GetRelativePath(Environment.CurrentDirectory, folder.File("relay.sock")));
        Assert.Null(refusal);
        Assert.True(File.Exists(folder.File("relay.sock")));
        await server!.DisposeAsync();
    }

    [Fact]
    public async Task A_socket_that_another_relay_serves_is_left_alone()
    {
        await using var served = await ServedSpool.StartAsync();

        Assert.Contains($"another relay serves the queue tools at {served.Socket}", (await StartAsync(served.Socket)).Refusal, StringComparison.Ordinal);
        Assert.Equal(0, (await served.RunAsync("list")).Code);
    }

    [Fact]
    public async Task A_file_that_is_no_socket_is_left_alone()
    {
        using var folder = new TempFolder();
        await File.WriteAllTextAsync(folder.File("notes"), "mine");

        Assert.Contains("is no socket", (await StartAsync(folder.File("notes"))).Refusal, StringComparison.Ordinal);
        Assert.Contains("is no socket", (await StartAsync(folder.Path)).Refusal, StringComparison.Ordinal);
        Assert.Equal("mine", await File.ReadAllTextAsync(folder.File("notes")));
    }

    [Fact]
    public async Task A_path_that_no_socket_can_have_is_refused_on_both_sides()
    {
        var path = "/tmp/" + new string('x', 103);
        Assert.Contains("108 bytes, where the system takes 107 at most: name a shorter one with --socket PATH", (await StartAsync(path)).Refusal, StringComparison.Ordinal);
        Assert.Contains("108 bytes", (await ToolRun.StartAsync(path, "list")).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_tool_that_reads_no_further_holds_up_no_end()
    {
        var served = await ServedSpool.StartAsync();
        await served.AddManyAsync(3000);
        using var client = new QueueClient(served.Socket);
        await using var lines = client.AskAsync("list", new QueueRequest(), CancellationToken.None).GetAsyncEnumerator();
        Assert.True(await lines.MoveNextAsync());

        await served.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(15), TimeProvider.System);

        await Assert.ThrowsAsync<IOException>(async () =>
        {
            while (await lines.MoveNextAsync())
            {
            }
        });
    }

    [Fact]
    public async Task A_sealed_spool_says_why_it_takes_no_import()
    {
        await using var from = await ServedSpool.StartAsync();
        await using var to = await ServedSpool.StartAsync();
        await from.AddAsync();
        await from.RunAsync("export", "--all", "--to", from.Exports);
        await to.Spool.SealAsync(new SpoolSeal(1, 1));

        var run = await to.RunAsync("import", from.Exports);

        Assert.Equal(1, run.Code);
        Assert.Contains("the spool is sealed", run.Error, StringComparison.Ordinal);
    }

    // As a killed process does: bound once, and nobody listens.
    private static void Leave(string path)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(path));
        File.Move(path, path + ".kept");
        socket.Dispose();
        File.Move(path + ".kept", path);
    }

    private static async Task<(QueueServer? Server, string? Refusal)> StartAsync(string path)
    {
        var door = new SpoolDoor(null!, new RetrySchedule([60], TimeProvider.System, new Random(1)), TimeProvider.System, NullLogger<SpoolDoor>.Instance);
        var routes = new RouteTable([(new Route("default", [], new WaitingLine()), [])]);
        return await QueueServer.StartAsync(path, door, new QueueImporter(door, () => routes, null, NullLogger.Instance), null, NullLoggerFactory.Instance);
    }
}
