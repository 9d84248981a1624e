using System.Collections.Concurrent;
using System.Diagnostics;
using RelayOperator.Relay.Admin;
using RelayOperator.TestKit;
using Xunit;

namespace RelayOperator.Relay.Tests.Admin;

public sealed class TransactionTraceTests : IDisposable
{
    private readonly ConcurrentQueue<Activity> _ended = new();
    private readonly ActivityListener _listener;

    public TransactionTraceTests()
    {
        _listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == RelayTelemetry.SourceName,
            Sample = (ref _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = _ended.Enqueue,
        };
        ActivitySource.AddActivityListener(_listener);
    }

    public void Dispose() => _listener.Dispose();

    [Fact]
    public async Task A_transaction_belongs_to_the_trace_of_its_message_and_has_a_child_per_attempt()
    {
        const string Parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        await using var broken = new ScriptedHub().On("MAIL", "421 4.3.2 going down");
        await using var good = new ScriptedHub();
        await using var relay = await TestRelay.StartAsync([broken, good]);
        using var wire = await relay.GreetAsync();
        await wire.AskAsync("MAIL FROM:<a@b.test>");
        await wire.AskAsync("RCPT TO:<c@d.test>");
        await wire.AskAsync("DATA");
        var reply = await wire.AskAsync($"Subject: x\r\nTraceparent: {Parent}\r\n\r\n.");
        Assert.StartsWith("250", reply, StringComparison.Ordinal);

        var transaction = await OfTraceAsync("0af7651916cd43dd8448eb211c80319c", "smtp transaction");
        Assert.Equal("b7ad6b7169203331", transaction.ParentSpanId.ToHexString());
        Assert.Equal(ActivityStatusCode.Ok, transaction.Status);
        Assert.Equal("delivered", transaction.GetTagItem("relay.result"));
        Assert.Equal("ht2", transaction.GetTagItem("relay.hub"));

        var attempts = _ended.Where(activity => activity.OperationName == "hub attempt" && activity.TraceId == transaction.TraceId).ToList();
        Assert.All(attempts, attempt => Assert.Equal(transaction.SpanId, attempt.ParentSpanId));
        Assert.All(attempts, attempt => Assert.InRange(attempt.StartTimeUtc, transaction.StartTimeUtc, transaction.StartTimeUtc + transaction.Duration));
        Assert.Equal("ht2", attempts[^1].GetTagItem("relay.hub"));
        Assert.Contains("250", (string)attempts[^1].GetTagItem("relay.answer")!, StringComparison.Ordinal);
        Assert.Equal(ActivityStatusCode.Ok, attempts[^1].Status);
        Assert.All(attempts[..^1], attempt => Assert.Contains("421", (string)attempt.GetTagItem("relay.answer")!, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Nonsense_in_the_header_begins_a_trace_and_a_refusal_is_an_error()
    {
        await using var hub = new ScriptedHub().On("DOT", "554 5.6.0 no");
        await using var relay = await TestRelay.StartAsync([hub]);
        using var wire = await relay.GreetAsync();
        await wire.AskAsync("MAIL FROM:<a@b.test>");
        await wire.AskAsync("RCPT TO:<c@d.test>");
        await wire.AskAsync("DATA");
        var message = "traceparent: nonsense\r\n\r\n" + new string('x', 777) + "\r\n";
        Assert.StartsWith("554", await wire.AskAsync(message + "."), StringComparison.Ordinal);

        await Eventually.True(() => _ended.Any(IsIt), "the transaction is traced");
        var transaction = _ended.First(IsIt);
        Assert.Equal(default, transaction.ParentSpanId);
        Assert.Equal("rejected", transaction.GetTagItem("relay.result"));
        Assert.Equal(ActivityStatusCode.Error, transaction.Status);

        bool IsIt(Activity activity) => activity.GetTagItem("relay.bytes") is long bytes && bytes == message.Length;
    }

    private async Task<Activity> OfTraceAsync(string trace, string name)
    {
        Activity? found = null;
        await Eventually.True(
            () => (found = _ended.FirstOrDefault(activity => activity.OperationName == name && activity.TraceId.ToHexString() == trace)) is not null,
            "the transaction is traced");
        return found!;
    }
}
