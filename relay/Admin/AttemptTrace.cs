using System.Diagnostics;
using RelayOperator.Relay.Hubs;

namespace RelayOperator.Relay.Admin;

/// <summary>One attempt at one hub, for the trace of its transaction.</summary>
public sealed class AttemptTrace(Hub hub, TimeProvider time)
{
    private readonly DateTimeOffset _started = time.GetUtcNow();
    private DateTimeOffset? _ended;
    private string _answer = "";
    private bool _refused;
    private bool _delivered;

    /// <summary>What the hub answered, or how it failed: the first that is no yes is kept, otherwise the last.</summary>
    public void Answered(HubPhase phase, HubAnswer answer)
    {
        if (!_refused)
        {
            _answer = $"{phase}: {answer}";
            _refused = answer is not { Reply.Class: < 4 };
        }
    }

    /// <summary>The attempt is over.</summary>
    public void End(bool delivered)
    {
        _ended = time.GetUtcNow();
        _delivered = delivered;
    }

    internal void Write(ActivityContext transaction)
    {
        using var activity = RelayTelemetry.Source.StartActivity("hub attempt", ActivityKind.Client, transaction, startTime: _started);
        activity?.SetTag("relay.hub", hub.Name)
            .SetTag("server.address", hub.EndPoint.ToString())
            .SetTag("relay.answer", _answer)
            .SetStatus(_delivered ? ActivityStatusCode.Ok : ActivityStatusCode.Unset)
            .SetEndTime((_ended ?? time.GetUtcNow()).UtcDateTime);
    }
}
