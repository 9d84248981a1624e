namespace RelayOperator.Relay.Tracking;

/// <summary>Which messages somebody looks for. A message is found when each wish is met by some event of it within the time.</summary>
public sealed record TraceFilter
{
    /// <summary>The relay's id; null for any.</summary>
    public string? Id { get; init; }

    /// <summary>Message-ID, with or without its angle brackets; null for any.</summary>
    public string? MessageId { get; init; }

    /// <summary>Reverse path, or a domain for anybody there; "" or <c>&lt;&gt;</c> for the null sender; null for any.</summary>
    public string? Sender { get; init; }

    /// <summary>A recipient, or a domain for anybody there; null for any.</summary>
    public string? Recipient { get; init; }

    public DateTimeOffset Since { get; init; } = DateTimeOffset.MinValue;

    public DateTimeOffset Until { get; init; } = DateTimeOffset.MaxValue;

    /// <summary>All wishes, as <see cref="Met"/> counts them.</summary>
    public int Wishes => (Id is null ? 0 : 1) | (MessageId is null ? 0 : 2) | (Sender is null ? 0 : 4) | (Recipient is null ? 0 : 8);

    public bool IsInTime(TrackedEvent entry) => entry.Time >= Since && entry.Time <= Until;

    /// <summary>The wishes that one event meets, one bit each.</summary>
    public int Met(TrackedEvent entry)
    {
        var met = Id is not null && Id.Equals(entry.Id, StringComparison.OrdinalIgnoreCase) ? 1 : 0;
        met |= MessageId is not null && entry.MessageId is not null && Bare(MessageId).Equals(Bare(entry.MessageId), StringComparison.Ordinal) ? 2 : 0;
        met |= Sender is not null && entry.Sender is not null && IsAddress(Sender, entry.Sender) ? 4 : 0;
        if (Recipient is not null)
        {
            foreach (var recipient in entry.Recipients)
            {
                met |= IsAddress(Recipient, recipient) ? 8 : 0;
            }
        }

        return met;
    }

    private static bool IsAddress(string wish, string address)
    {
        var wanted = Bare(wish);
        return wanted.Equals(address, StringComparison.OrdinalIgnoreCase)
            || (!wanted.Contains('@') && address.AsSpan(address.LastIndexOf('@') + 1).Equals(wanted, StringComparison.OrdinalIgnoreCase));
    }

    private static ReadOnlySpan<char> Bare(string text) => text is ['<', .., '>'] ? text.AsSpan(1, text.Length - 2) : text;
}
