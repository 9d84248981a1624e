using System.Collections.Concurrent;
using System.Diagnostics;
using RelayOperator.Relay.Admin;

namespace RelayOperator.Relay.Tests.Hubs;

/// <summary>The tags of all traces that the relay ends while this lives, as key=value.</summary>
internal sealed class TraceTags : IDisposable
{
    private readonly ConcurrentQueue<Activity> _ended = new();
    private readonly ActivityListener _listener;

    public TraceTags()
    {
        _listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == RelayTelemetry.SourceName,
            Sample = (ref _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = _ended.Enqueue,
        };
        ActivitySource.AddActivityListener(_listener);
    }

    public IEnumerable<string> All => _ended.SelectMany(trace => trace.TagObjects).Select(tag => $"{tag.Key}={tag.Value}");

    public void Dispose() => _listener.Dispose();
}
