using RelayOperator.Api.Config;
using RelayOperator.Relay.Tracking;

namespace RelayOperator.Relay;

/// <summary>Makes the message tracking that a relay is started with.</summary>
internal static class TrackingParts
{
    /// <summary>Null where none is wanted.</summary>
    public static TrackingLog? Create(PoolConfig config, RelayOptions options, string pod, TimeProvider time, ILoggerFactory loggers) =>
        options.Tracking.Length == 0 ? null : new TrackingLog(
            options.Tracking == "-" ? new TrackingOutput() : new TrackingFiles(options.Tracking, TrackingFiles.DefaultMaxBytes, TrackingFiles.DefaultKeep, time),
            config.Name,
            pod,
            time,
            loggers.CreateLogger<TrackingLog>());
}
