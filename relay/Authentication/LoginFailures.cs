using System.Net;
using System.Net.Sockets;

namespace RelayOperator.Relay.Authentication;

/// <summary>
/// Failed logins in a row by client address (of IPv6, its /64): each is answered later than the one before, and from the
/// limit on a session is over with it, and new ones of that address wait before they may try. Bounded; thread-safe.
/// </summary>
/// <param name="time">The clock.</param>
/// <param name="step">What the first failure waits, and each further one more.</param>
public sealed class LoginFailures(TimeProvider time, TimeSpan step)
{
    /// <summary>So many end a session.</summary>
    public const int Most = 5;

    private const int MostSteps = 10;
    private const int MostAddresses = 10_000;

    // Whoever has left off for so long begins anew.
    private static readonly TimeSpan Kept = TimeSpan.FromMinutes(15);

    private readonly Lock _lock = new();
    private readonly Dictionary<IPAddress, (int Count, long At)> _counts = [];

    /// <summary>How long a client has to wait before its login is looked at.</summary>
    public TimeSpan BeforeLogin(IPAddress client)
    {
        lock (_lock)
        {
            var count = CountOf(Place(client));
            return count < Most ? TimeSpan.Zero : step * Math.Min(count - Most + 1, MostSteps);
        }
    }

    /// <summary>One more failed.</summary>
    /// <returns>How long its answer waits, and whether the session is over with it.</returns>
    public (TimeSpan Wait, bool IsLast) Failed(IPAddress client)
    {
        var place = Place(client);
        lock (_lock)
        {
            var count = CountOf(place) + 1;
            if (count == 1 && _counts.Count >= MostAddresses)
            {
                MakeRoom();
            }

            _counts[place] = (count, time.GetTimestamp());
            return (step * Math.Min(count, MostSteps), count >= Most);
        }
    }

    /// <summary>One succeeded: what failed before is forgotten.</summary>
    public void Succeeded(IPAddress client)
    {
        lock (_lock)
        {
            _counts.Remove(Place(client));
        }
    }

    private int CountOf(IPAddress place) =>
        _counts.TryGetValue(place, out var known) && time.GetElapsedTime(known.At) < Kept ? known.Count : 0;

    private void MakeRoom()
    {
        (IPAddress Address, long At)? oldest = null;
        foreach (var (address, (_, at)) in _counts)
        {
            if (time.GetElapsedTime(at) >= Kept)
            {
                _counts.Remove(address);
            }
            else if (oldest is null || at < oldest.Value.At)
            {
                oldest = (address, at);
            }
        }

        if (_counts.Count >= MostAddresses)
        {
            _counts.Remove(oldest!.Value.Address);
        }
    }

    // A client may have a whole /64 to itself.
    private static IPAddress Place(IPAddress client)
    {
        if (client.AddressFamily != AddressFamily.InterNetworkV6)
        {
            return client;
        }

        Span<byte> octets = stackalloc byte[16];
        client.TryWriteBytes(octets, out _);
        octets[8..].Clear();
        return new IPAddress(octets);
    }
}
