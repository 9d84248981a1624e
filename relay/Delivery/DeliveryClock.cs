using RelayOperator.Relay.Admin;
using RelayOperator.Relay.Hubs;

namespace RelayOperator.Relay.Delivery;

/// <summary>Time as delivery needs it: deadlines as timestamps, and how long hubs took, for the metrics.</summary>
public sealed class DeliveryClock(TimeProvider time, RelayMetrics metrics)
{
    public TimeProvider Time => time;

    /// <summary>The timestamp that lies <paramref name="span"/> ahead.</summary>
    public long After(TimeSpan span) => time.GetTimestamp() + (long)(span.TotalSeconds * time.TimestampFrequency);

    /// <summary>What is left until <paramref name="deadline"/>; zero once it has passed.</summary>
    public TimeSpan Left(long deadline)
    {
        var now = time.GetTimestamp();
        return deadline <= now ? TimeSpan.Zero : time.GetElapsedTime(now, deadline);
    }

    /// <summary>Counts how long a hub took in a phase that began at <paramref name="started"/>.</summary>
    public void Observe(Hub hub, HubPhase phase, long started) =>
        metrics.HubSeconds(hub.Name, phase, time.GetElapsedTime(started).TotalSeconds);
}
