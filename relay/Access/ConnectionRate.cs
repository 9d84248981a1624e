using System.Net;

namespace RelayOperator.Relay.Access;

/// <summary>
/// How often clients connect: each address by itself, over the last minute, as a share of the minute before and the one that
/// runs. Bounded: of very many addresses within a minute the later ones are not counted. Thread-safe.
/// </summary>
public sealed class ConnectionRate(TimeProvider time)
{
    private const int MostAddresses = 100_000;
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private Dictionary<IPAddress, int> _now = [];
    private Dictionary<IPAddress, int> _before = [];
    private long _began = time.GetTimestamp();

    /// <summary>Counts a connection; false where the minute's are used up.</summary>
    /// <param name="client">Who connects.</param>
    /// <param name="most">Connections a minute; 0 for no limit.</param>
    public bool TryTake(IPAddress client, int most)
    {
        if (most == 0)
        {
            return true;
        }

        lock (_lock)
        {
            Turn();
            var left = 1 - (time.GetElapsedTime(_began) / Window);
            if (_now.GetValueOrDefault(client) + (_before.GetValueOrDefault(client) * left) >= most)
            {
                return false;
            }

            if (_now.Count < MostAddresses || _now.ContainsKey(client))
            {
                _now[client] = _now.GetValueOrDefault(client) + 1;
            }

            return true;
        }
    }

    private void Turn()
    {
        var minutes = (long)(time.GetElapsedTime(_began) / Window);
        if (minutes != 0)
        {
            _before = minutes == 1 ? _now : [];
            _now = [];
            _began += minutes * (long)Window.TotalSeconds * time.TimestampFrequency;
        }
    }
}
