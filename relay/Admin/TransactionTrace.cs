using System.Diagnostics;
using RelayOperator.Relay.Hubs;

namespace RelayOperator.Relay.Admin;

/// <summary>
/// The trace of one transaction, written when it ends: the context that it belongs to stands in the message's header,
/// which comes after the first hub was asked.
/// </summary>
public sealed class TransactionTrace
{
    private readonly TimeProvider _time;
    private readonly DateTimeOffset _started;
    private readonly List<AttemptTrace> _attempts = new(1);

    private TransactionTrace(TimeProvider time)
    {
        _time = time;
        _started = time.GetUtcNow();
    }

    /// <summary>Null where nobody listens: then a transaction costs nothing more.</summary>
    public static TransactionTrace? Begin(TimeProvider time) => RelayTelemetry.Source.HasListeners() ? new(time) : null;

    /// <summary>A hub is asked.</summary>
    public AttemptTrace Attempt(Hub hub)
    {
        var attempt = new AttemptTrace(hub, _time);
        _attempts.Add(attempt);
        return attempt;
    }

    /// <param name="traceParent">W3C context that the message carries; null or nonsense begins a new trace.</param>
    /// <param name="record">What became of the transaction.</param>
    public void End(string? traceParent, in TransactionRecord record)
    {
        var parent = ActivityContext.TryParse(traceParent, null, isRemote: true, out var found) ? found : default;
        using var activity = RelayTelemetry.Source.StartActivity("smtp transaction", ActivityKind.Server, parent, startTime: _started);
        if (activity is null)
        {
            return;
        }

        foreach (var attempt in _attempts)
        {
            attempt.Write(activity.Context);
        }

        activity.SetTag("relay.id", record.Id)
            .SetTag("relay.result", record.Result)
            .SetTag("relay.hub", record.Hub)
            .SetTag("relay.listener", record.Listener)
            .SetTag("relay.rule", record.Rule)
            .SetTag("relay.recipients", record.Recipients)
            .SetTag("relay.bytes", record.Bytes)
            .SetTag("client.address", record.Client)
            .SetStatus(record.Result == "delivered" ? ActivityStatusCode.Ok : ActivityStatusCode.Error, record.Reason)
            .SetEndTime(_time.GetUtcNow().UtcDateTime);
    }
}
