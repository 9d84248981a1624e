namespace RelayOperator.Relay.Spool.Postgres;

/// <summary>What lies in the spool, or what one transaction changed of that: messages, octets, and messages by the states of their recipients.</summary>
internal sealed class SpoolCounts
{
    private readonly long[] _counts = new long[2 + SpoolStatistics.States];

    public long Messages => _counts[0];

    public bool IsZero => !_counts.AsSpan().ContainsAnyExcept(0);

    public ReadOnlySpan<long> Values => _counts;

    public void Message(int count, long bytes)
    {
        _counts[0] += count;
        _counts[1] += bytes;
    }

    /// <summary>A message had recipients in the states of <paramref name="before"/>, a bit for each, and has now in those of <paramref name="after"/>.</summary>
    public void States(int before, int after)
    {
        for (var i = 0; before != after && i < SpoolStatistics.States; i++)
        {
            _counts[2 + i] += ((after >> i) & 1) - ((before >> i) & 1);
        }
    }

    public void Add(ReadOnlySpan<long> others)
    {
        for (var i = 0; i < Math.Min(others.Length, _counts.Length); i++)
        {
            _counts[i] += others[i];
        }
    }

    public void Clear() => Array.Clear(_counts);

    public static SpoolStatistics Statistics(SpoolCounts some, SpoolCounts others, SpoolId? oldest)
    {
        var all = new SpoolCounts();
        all.Add(some.Values);
        all.Add(others.Values);
        return new SpoolStatistics(all._counts[0], all._counts[1], [.. all._counts.AsSpan(2)], all._counts[0] == 0 ? null : oldest?.MadeAt);
    }

    /// <summary>The states that some recipients are in, a bit for each.</summary>
    public static int StatesOf(IReadOnlyList<SpoolRecipient> recipients)
    {
        var states = 0;
        foreach (var recipient in recipients)
        {
            states |= 1 << (int)recipient.State;
        }

        return states;
    }
}
