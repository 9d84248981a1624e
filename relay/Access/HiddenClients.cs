using System.Net;

namespace RelayOperator.Relay.Access;

/// <summary>From which of the cluster's own addresses clients came lately; a few of them, for /status. Thread-safe.</summary>
public sealed class HiddenClients(TimeProvider time)
{
    private const int Most = 16;
    private static readonly TimeSpan Memory = TimeSpan.FromMinutes(10);

    private readonly Lock _lock = new();
    private readonly Dictionary<IPAddress, long> _seen = [];

    /// <summary>Those of the last ten minutes, in order.</summary>
    public IReadOnlyList<string> Lately
    {
        get
        {
            lock (_lock)
            {
                return [.. _seen.Where(entry => time.GetElapsedTime(entry.Value) < Memory).Select(static entry => entry.Key.ToString()).Order(StringComparer.Ordinal)];
            }
        }
    }

    public void Note(IPAddress client)
    {
        lock (_lock)
        {
            if (_seen.Count >= Most && !_seen.ContainsKey(client))
            {
                _seen.Remove(_seen.MinBy(static entry => entry.Value).Key);
            }

            _seen[client] = time.GetTimestamp();
        }
    }
}
