using RelayOperator.Relay.Spool;

namespace RelayOperator.Relay.Queue;

/// <summary>One line for each thing that happens to spooled mail.</summary>
public sealed partial class QueueLog(ILogger<QueueLog> logger)
{
    public void Delivered(SpoolId id, string hub, int recipients, int attempt, double seconds) => DeliveredLine(logger, id, hub, recipients, attempt, Math.Round(seconds, 3));

    public void Deferred(SpoolId id, string recipient, DateTimeOffset until, string hub, string reply) => DeferredLine(logger, id, until, hub, reply, recipient);

    public void Failed(SpoolId id, string recipient, string target, string hub, string reply) => FailedLine(logger, id, target, hub, reply, recipient);

    public void Notified(SpoolId id, SpoolId notification, string kind, string to) => NotifiedLine(logger, id, notification, kind, to);

    public void Rehearsed(SpoolId id) => RehearsedLine(logger, id);

    public void Rerouted(string route, int recipients) => ReroutedLine(logger, route, recipients);

    public void Broken(Exception exception, SpoolId id) => BrokenLine(logger, exception, id);

    [LoggerMessage(7201, LogLevel.Information, "{Id}: delivered from the spool hub={Hub} recipients={Recipients} attempt={Attempt} seconds={Seconds}")]
    private static partial void DeliveredLine(ILogger logger, SpoolId id, string hub, int recipients, int attempt, double seconds);

    [LoggerMessage(7202, LogLevel.Information, "{Id}: deferred until={Until:O} hub={Hub} reply=\"{Reply}\" to=<{Recipient}>")]
    private static partial void DeferredLine(ILogger logger, SpoolId id, DateTimeOffset until, string hub, string reply, string recipient);

    [LoggerMessage(7203, LogLevel.Warning, "{Id}: failed for good notified={Target} hub={Hub} reply=\"{Reply}\" to=<{Recipient}>")]
    private static partial void FailedLine(ILogger logger, SpoolId id, string target, string hub, string reply, string recipient);

    [LoggerMessage(7204, LogLevel.Information, "{Id}: notification {Notification} kind={Kind} to=<{To}>")]
    private static partial void NotifiedLine(ILogger logger, SpoolId id, SpoolId notification, string kind, string to);

    [LoggerMessage(7205, LogLevel.Information, "{Id}: was in flight when the relay ended before, and is sent again")]
    private static partial void RehearsedLine(ILogger logger, SpoolId id);

    [LoggerMessage(7206, LogLevel.Warning, "Route {Route} is no more: {Recipients} spooled recipients go by others")]
    private static partial void ReroutedLine(ILogger logger, string route, int recipients);

    [LoggerMessage(7208, LogLevel.Error, "{Id}: a fault of the relay while it was delivered; it is tried again")]
    private static partial void BrokenLine(ILogger logger, Exception exception, SpoolId id);
}
