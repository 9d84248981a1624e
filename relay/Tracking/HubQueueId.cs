using System.Buffers;

namespace RelayOperator.Relay.Tracking;

/// <summary>Finds the id under which a hub queued a message in its 250, so that a search can go on in the hub's own log.</summary>
internal static class HubQueueId
{
    private static readonly SearchValues<char> EndOfId = SearchValues.Create(" ,;)]>");
    private static readonly SearchValues<char> Code = SearchValues.Create("0123456789.");

    /// <summary>The id; empty where the reply names none that we know how to find.</summary>
    public static ReadOnlySpan<char> In(ReadOnlySpan<char> reply)
    {
        // Postfix, Haraka, another relay of this kind.
        var id = After(reply, "queued as ");
        // Exchange: 2.6.0 <id@host> [InternalId=4711, Hostname=…] Queued mail for delivery
        id = id.IsEmpty ? After(reply, "InternalId=") : id;
        // Exim: OK id=1abcde-0000fg-2H
        id = id.IsEmpty ? After(reply, " id=") : id;
        // qmail: ok 1732437631 qp 4711
        id = id.IsEmpty ? After(reply, " qp ") : id;
        // Sendmail, OpenSMTPD: 2.0.0 4AO8LLmn012345 Message accepted for delivery
        return id.IsEmpty ? Before(reply, " Message accepted for delivery") : id;
    }

    private static ReadOnlySpan<char> After(ReadOnlySpan<char> reply, string words)
    {
        var at = reply.IndexOf(words, StringComparison.OrdinalIgnoreCase);
        if (at < 0)
        {
            return default;
        }

        var rest = reply[(at + words.Length)..].TrimStart(" <(");
        var end = rest.IndexOfAny(EndOfId);
        return (end < 0 ? rest : rest[..end]).TrimEnd('.');
    }

    // The word right in front; a code in that place is none.
    private static ReadOnlySpan<char> Before(ReadOnlySpan<char> reply, string words)
    {
        var at = reply.IndexOf(words, StringComparison.OrdinalIgnoreCase);
        var word = at < 0 ? default : reply[..at];
        word = word[(word.LastIndexOf(' ') + 1)..].TrimEnd(':');
        return word.ContainsAnyExcept(Code) && word.ContainsAnyInRange('0', '9') ? word : default;
    }
}
