using System.Globalization;

namespace RelayOperator.Relay.Sink;

/// <summary>What a sink prints: a line a second while mail comes, and a summary at the end.</summary>
public sealed class SinkReport(SinkCounters counters, TimeProvider time)
{
    private readonly long _started = time.GetTimestamp();
    private long _lastTime = time.GetTimestamp();
    private long _lastMessages;
    private long _lastRefusals;

    /// <summary>The line of the second that just ended; null where nothing came in it.</summary>
    public string? NextLine()
    {
        var now = time.GetTimestamp();
        var seconds = Math.Max(0.001, time.GetElapsedTime(_lastTime, now).TotalSeconds);
        var messages = counters.Messages;
        var refusals = counters.Refusals;
        var came = messages - _lastMessages;
        var refused = refusals - _lastRefusals;
        (_lastTime, _lastMessages, _lastRefusals) = (now, messages, refusals);
        return came == 0 && refused == 0
            ? null
            : string.Create(
                CultureInfo.InvariantCulture,
                $"{time.GetLocalNow():HH:mm:ss}  {came / seconds,7:F0} msg/s  {messages,9} messages  {refusals,6} refusals  {counters.Open,5} sessions open");
    }

    /// <summary>The last line.</summary>
    public string Summary(string name) => string.Create(
        CultureInfo.InvariantCulture,
        $"sink {name}: {counters.Messages} messages, {counters.Bytes / 1e6:F1} MB, {counters.Refusals} refusals, {counters.Sessions} sessions in {time.GetElapsedTime(_started).TotalSeconds:F1} s");
}
