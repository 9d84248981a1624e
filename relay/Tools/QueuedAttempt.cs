using System.Collections.Immutable;
using RelayOperator.Relay.Spool;

namespace RelayOperator.Relay.Tools;

/// <summary>One try to deliver a <see cref="QueuedMessage"/>.</summary>
public sealed record QueuedAttempt
{
    public DateTimeOffset At { get; set; }

    public string Route { get; set; } = "";

    public string Hub { get; set; } = "";

    public string Reply { get; set; } = "";

    /// <summary>Numbers of the recipients that it was about.</summary>
    public ImmutableArray<int> Recipients { get; set; } = [];

    public static QueuedAttempt Of(AttemptNote note) =>
        new() { At = note.At, Route = note.Route, Hub = note.Hub, Reply = note.Reply, Recipients = [.. note.Recipients] };
}
