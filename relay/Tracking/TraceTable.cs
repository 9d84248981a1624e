using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace RelayOperator.Relay.Tracking;

/// <summary>The history of messages for people: a heading for each message, a row for each event.</summary>
public static class TraceTable
{
    // A row is to be read; all of them stand in the JSON.
    private const int MaxRecipients = 10;

    public static void Write(TextWriter output, ImmutableArray<TrackedEvent> history)
    {
        var sender = history.FirstOrDefault(entry => entry.Sender is not null)?.Sender;
        var messageId = history.FirstOrDefault(entry => entry.MessageId is not null)?.MessageId;
        output.WriteLine(Printable(
            history[0].Id + (sender is null ? "" : $" from <{sender}>") + (messageId is null ? "" : $" Message-ID {messageId}")));
        foreach (var entry in history)
        {
            output.WriteLine(Printable(Row(entry)));
        }
    }

    private static string Row(TrackedEvent entry)
    {
        var row = new StringBuilder().Append(
            CultureInfo.InvariantCulture, $"  {entry.Time.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss.fff'Z'} {entry.Event,-7}");
        if ((entry.Pod ?? entry.Pool) is { } where)
        {
            row.Append(' ').Append(where);
        }

        AppendRecipients(row, entry);
        Append(row, "client", entry.Client);
        Append(row, "helo", entry.Helo);
        AppendQuoted(row, "tls", entry.Tls);
        Append(row, "user", entry.User);
        Append(row, "hub", entry.Hub);
        Append(row, "attempt", entry.Attempt?.ToString(CultureInfo.InvariantCulture));
        Append(row, "bytes", entry.Bytes?.ToString(CultureInfo.InvariantCulture));
        Append(row, "seconds", entry.Seconds?.ToString(CultureInfo.InvariantCulture));
        Append(row, "queueId", entry.QueueId);
        AppendQuoted(row, "reply", entry.Reply);
        AppendQuoted(row, "reason", entry.Reason);
        return row.ToString().TrimEnd();
    }

    private static void AppendRecipients(StringBuilder row, TrackedEvent entry)
    {
        if (entry.Recipients.Length == 0)
        {
            return;
        }

        row.Append(" to=").AppendJoin(',', entry.Recipients.Take(MaxRecipients).Select(recipient => $"<{recipient}>"));
        var rest = Math.Max(entry.RecipientCount, entry.Recipients.Length) - MaxRecipients;
        if (rest > 0)
        {
            row.Append(CultureInfo.InvariantCulture, $" and {rest} more");
        }
    }

    private static void Append(StringBuilder row, string name, string? value)
    {
        if (!string.IsNullOrEmpty(value))
        {
            row.Append(' ').Append(name).Append('=').Append(value);
        }
    }

    private static void AppendQuoted(StringBuilder row, string name, string? value) =>
        Append(row, name, string.IsNullOrEmpty(value) ? null : $"\"{value}\"");

    // What clients and hubs wrote must not speak to the terminal.
    private static string Printable(string text) =>
        text.Any(char.IsControl) ? string.Concat(text.Select(c => char.IsControl(c) ? '?' : c)) : text;
}
