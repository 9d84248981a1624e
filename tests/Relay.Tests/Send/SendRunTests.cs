using System.Net;
using Microsoft.Extensions.Time.Testing;
using RelayOperator.Relay.Send;
using RelayOperator.Relay.Sink;
using RelayOperator.TestKit;
using Xunit;

namespace RelayOperator.Relay.Tests.Send;

/// <summary>The client against a real sink.</summary>
public sealed class SendRunTests
{
    [Fact]
    public async Task Every_message_arrives_once_with_its_own_id_and_the_id_file_says_so()
    {
        using var folder = new TempFolder();
        var keep = new DirectoryInfo(folder.File("keep"));
        await using var sink = Sink(keep: keep);
        var options = To(sink) with { Count = 50, Concurrency = 4, PerConnection = 5 };
        var ids = folder.File("ids");
        var summary = await RunAsync(options, new FileInfo(ids));
        Assert.Equal((50, 0), (summary.Acknowledged, summary.Failed));
        Assert.InRange(sink.Counters.Sessions, 10, 14);
        var arrived = keep.GetFiles("*.eml").Select(file => File.ReadLines(file.FullName).Single(line => line.StartsWith("X-Relay-Send-Id: ", StringComparison.Ordinal))[17..]);
        Assert.Equal(File.ReadAllLines(ids).Order(StringComparer.Ordinal), arrived.Order(StringComparer.Ordinal));
        Assert.Equal(50, File.ReadAllLines(ids).Distinct(StringComparer.Ordinal).Count());
    }

    [Fact]
    public async Task A_refusal_is_counted_by_its_words_and_never_tried_again()
    {
        await using var sink = Sink(replies: ["rcpt=450 4.2.1 not now*5", "dot=421 4.3.2 busy*4"]);
        var summary = await RunAsync(To(sink) with { Count = 20 });
        Assert.Equal((12, 8), (summary.Acknowledged, summary.Failed));
        Assert.Equal(["421 4.3.2 busy:4", "450 4.2.1 not now:4"], summary.Errors.Select(error => $"{error.Key}:{error.Value}"));
        Assert.Equal(12, sink.Counters.Messages);
    }

    [Fact]
    public async Task A_server_that_is_not_there_fails_every_message_and_no_more()
    {
        var summary = await RunAsync(new SendOptions { Host = "127.0.0.1", Port = FreePort.Next(), Count = 3 });
        Assert.Equal((0, 3), (summary.Acknowledged, summary.Failed));
        Assert.Contains("refused", Assert.Single(summary.Errors).Key, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(SinkTls.StartTls, SendTls.StartTls)]
    [InlineData(SinkTls.Implicit, SendTls.Implicit)]
    public async Task TLS_is_verified_unless_told_otherwise(SinkTls offered, SendTls wanted)
    {
        await using var sink = Sink(tls: offered);
        var strict = await RunAsync(To(sink) with { Tls = wanted });
        Assert.Contains("not trusted", Assert.Single(strict.Errors).Key, StringComparison.Ordinal);
        Assert.Equal(1, (await RunAsync(To(sink) with { Tls = wanted, Insecure = true })).Acknowledged);
        Assert.Equal(1, sink.Counters.Messages);
    }

    [Fact]
    public async Task STARTTLS_that_is_wanted_and_not_offered_is_an_error_and_no_message_in_the_clear()
    {
        await using var sink = Sink();
        Assert.Equal(1, (await RunAsync(To(sink) with { Tls = SendTls.StartTls, Insecure = true })).Failed);
        Assert.Equal(0, sink.Counters.Messages);
    }

    [Fact]
    public async Task A_rate_is_kept()
    {
        await using var sink = Sink();
        var summary = await RunAsync(To(sink) with { Count = 11, Concurrency = 4, Rate = 20 });
        Assert.Equal(11, summary.Acknowledged);
        // The eleventh begins after half a second, less what a timer may be early.
        Assert.True(summary.Elapsed >= TimeSpan.FromMilliseconds(480), $"{summary.Elapsed}");
    }

    [Fact]
    public async Task Cancelled_it_says_what_was_not_tried()
    {
        await using var sink = Sink();
        var options = To(sink) with { Count = 1000, Rate = 0.01 };
        using var ids = new AcknowledgedIds(null);
        using var stop = new CancellationTokenSource();
        var run = new SendRun(options, new MessageTemplate(options, "test", TimeProvider.System), ids, TimeProvider.System);
        var running = run.RunAsync(stop.Token);
        await Eventually.True(() => run.Statistics.Counts.Acknowledged == 1, "the first is sent");
        await stop.CancelAsync();
        await running;
        Assert.StartsWith("1 of 1000 acknowledged, 0 failed, 999 not tried", run.Statistics.Summarize(run.Elapsed).Format(1000), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Waiting_for_a_server_ends_when_it_greets_and_not_before()
    {
        var port = FreePort.Next();
        var options = new SendOptions { Host = "127.0.0.1", Port = port };
        Assert.Contains("refused", await WaitAsync(options, 0.3), StringComparison.Ordinal);
        var waiting = WaitAsync(options, 20);
        await using var sink = SinkServer.Start(new SinkOptions { Listen = new IPEndPoint(IPAddress.Loopback, port) }, TimeProvider.System);
        Assert.Null(await waiting);
    }

    [Fact]
    public async Task A_server_that_refuses_at_its_banner_has_not_greeted_and_its_words_are_told()
    {
        await using var sink = Sink(replies: ["banner=554 5.3.2 not today"]);
        Assert.Equal("it said: 554 5.3.2 not today", await WaitAsync(To(sink), 0.3));
    }

    [Fact]
    public async Task A_connection_that_hears_nothing_is_given_up_for_a_new_one()
    {
        await using var hub = new ScriptedHub();
        var connections = 0;
        hub.On("BANNER", _ => Interlocked.Increment(ref connections) == 1 ? HubAct.Hang : null);
        var time = new FakeTimeProvider();
        var waiting = ServerGreeting.WaitAsync(
            new SendOptions { Host = "127.0.0.1", Port = hub.Port }, TimeSpan.FromHours(1), time, TestContext.Current.CancellationToken);
        await Eventually.True(() => Volatile.Read(ref connections) == 1, "the first connection hears nothing");
        await Eventually.True(
            () =>
            {
                time.Advance(TimeSpan.FromMilliseconds(200));
                return Volatile.Read(ref connections) > 1;
            },
            "another one is tried");
        Assert.Null(await waiting.WaitAsync(TimeSpan.FromSeconds(10), TimeProvider.System));
    }

    private static SinkServer Sink(DirectoryInfo? keep = null, string[]? replies = null, SinkTls tls = SinkTls.None) => SinkServer.Start(
        new SinkOptions
        {
            Listen = new IPEndPoint(IPAddress.Loopback, 0),
            Keep = keep,
            Tls = tls,
            Certificate = tls == SinkTls.None ? null : SinkCertificate.SelfSigned(IPAddress.Loopback, TimeProvider.System),
            Replies = [.. (replies ?? []).Select(reply => ScriptedReply.Parse(reply, out _)!)],
        },
        TimeProvider.System);

    private static Task<string?> WaitAsync(SendOptions options, double seconds) =>
        ServerGreeting.WaitAsync(options, TimeSpan.FromSeconds(seconds), TimeProvider.System, TestContext.Current.CancellationToken);

    private static SendOptions To(SinkServer sink) => new() { Host = "127.0.0.1", Port = sink.EndPoint.Port };

    private static async Task<SendSummary> RunAsync(SendOptions options, FileInfo? idFile = null)
    {
        using var ids = new AcknowledgedIds(idFile);
        var run = new SendRun(options, new MessageTemplate(options, "test", TimeProvider.System), ids, TimeProvider.System);
        await run.RunAsync(TestContext.Current.CancellationToken);
        return run.Statistics.Summarize(run.Elapsed);
    }
}
