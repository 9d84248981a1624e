using RelayOperator.Relay.Spool;

namespace RelayOperator.Relay.Admin;

/// <summary>The spool as /status tells it.</summary>
public sealed record SpoolStatus
{
    public required long Messages { get; init; }

    /// <summary>Octets of the messages' bodies.</summary>
    public required long Bytes { get; init; }

    /// <summary>When the oldest message was received; null for none.</summary>
    public required DateTimeOffset? OldestTime { get; init; }

    /// <summary>Messages with recipients in a state, by its name; states that nobody is in are left out.</summary>
    public required IReadOnlyDictionary<string, long> States { get; init; }

    /// <summary>What is wrong with the store; null where nothing is.</summary>
    public required string? Fault { get; init; }

    /// <summary>None, Slow or Full.</summary>
    public required string Pressure { get; init; }

    /// <summary>It is empty and takes nothing any more, since the pod is to go.</summary>
    public required bool Sealed { get; init; }

    /// <summary>Why peers do not take over what no hub takes, while the pod is to go; null otherwise.</summary>
    public required string? HandOverFault { get; init; }

    public static SpoolStatus Of(ISpool spool, PressureLevel level, string? handOverFault)
    {
        var statistics = spool.Statistics;
        var states = new Dictionary<string, long>(StringComparer.Ordinal);
        for (var i = 0; i < statistics.ByState.Length; i++)
        {
            if (statistics.ByState[i] != 0)
            {
                states[((RecipientState)i).ToString()] = statistics.ByState[i];
            }
        }

        return new SpoolStatus
        {
            Messages = statistics.Messages,
            Bytes = statistics.Bytes,
            OldestTime = statistics.Oldest,
            States = states,
            Fault = spool.Health.Fault,
            Pressure = level.ToString(),
            Sealed = spool.Seal is not null,
            HandOverFault = handOverFault,
        };
    }
}
