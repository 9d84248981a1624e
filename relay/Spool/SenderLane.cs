namespace RelayOperator.Relay.Spool;

/// <summary>
/// Which of a route's lanes a message waits in. Lanes take turns, so that one sender's backlog does not keep the others
/// waiting; two senders share a lane by chance only.
/// </summary>
public static class SenderLane
{
    /// <summary>Lanes of each route.</summary>
    public const int Count = 64;

    /// <param name="sender">Address of the envelope; "" for the null sender.</param>
    /// <param name="client">Stands in for a null sender.</param>
    public static int Of(string sender, string client)
    {
        var at = sender.LastIndexOf('@');
        if (at < 0)
        {
            return Hash(client, sender) % Count;
        }

        // Whoever writes each letter with an address of its own (bounce-1234-user=host@…) is one sender nevertheless.
        var letters = 0;
        while (letters < at && char.IsLetter(sender[letters]))
        {
            letters++;
        }

        return Hash(sender.AsSpan(0, letters), sender.AsSpan(at)) % Count;
    }

    // FNV-1a over lower case: the same in every process, as the lane stands in the store.
    private static int Hash(ReadOnlySpan<char> first, ReadOnlySpan<char> second)
    {
        var hash = 2166136261u;
        foreach (var c in first)
        {
            hash = (hash ^ char.ToLowerInvariant(c)) * 16777619u;
        }

        foreach (var c in second)
        {
            hash = (hash ^ char.ToLowerInvariant(c)) * 16777619u;
        }

        return (int)((hash ^ (hash >> 16)) & int.MaxValue);
    }
}
