using System.Globalization;
using System.Net;

namespace RelayOperator.Relay.Spool.Sqlite;

/// <summary>Messages, recipients and attempts as rows, each with a checksum over what must not change. The only place that knows the columns.</summary>
internal static class SqliteRows
{
    private const string MessageColumns =
        "n, received, mail, client, helo, protocol, listener, message_id, content_bytes, wire_bytes, chunks, body_sum, recipients, crashes, sum";

    private const string RecipientColumns = "r, rcpt, domain, route, fixed, state, due, attempts, reply, hub, last, flags, sum";

    public static void Insert(SqliteDatabase database, SpoolMessage message)
    {
        database.Statement($"INSERT INTO message({MessageColumns}) VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,0,?)")
            .Bind(1, message.Id.Number)
            .Bind(2, message.ReceivedAt.ToUnixTimeMilliseconds())
            .Bind(3, message.Mail)
            .Bind(4, message.Client.ToString())
            .Bind(5, message.Helo)
            .Bind(6, message.Protocol)
            .Bind(7, message.Listener)
            .Bind(8, message.MessageId)
            .Bind(9, message.ContentBytes)
            .Bind(10, message.WireBytes)
            .Bind(11, message.Chunks)
            .Bind(12, message.BodyChecksum)
            .Bind(13, message.Recipients)
            .Bind(14, StoredRows.Checksum(message))
            .Run();
    }

    public static void Insert(SqliteDatabase database, SpoolMessage message, SpoolRecipient recipient)
    {
        var last = recipient.LastAttempt?.ToUnixTimeMilliseconds() ?? 0;
        database.Statement($"INSERT INTO recipient(message, lane, {RecipientColumns}) VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)")
            .Bind(1, message.Id.Number)
            .Bind(2, StoredRows.LaneOf(message))
            .Bind(3, recipient.Number)
            .Bind(4, recipient.Rcpt)
            .Bind(5, recipient.Domain)
            .Bind(6, recipient.Route)
            .Bind(7, recipient.RouteIsFixed ? 1 : 0)
            .Bind(8, (int)recipient.State)
            .Bind(9, recipient.Due.ToUnixTimeMilliseconds())
            .Bind(10, recipient.Attempts)
            .Bind(11, recipient.LastReply)
            .Bind(12, recipient.LastHub)
            .Bind(13, last)
            .Bind(14, StoredRows.Flags(recipient))
            .Bind(15, StoredRows.Checksum(recipient))
            .Run();
    }

    public static void Update(SqliteDatabase database, SpoolId message, SpoolRecipient recipient) =>
        database.Statement("UPDATE recipient SET route=?, state=?, due=?, attempts=?, reply=?, hub=?, last=?, flags=? WHERE message=? AND r=?")
            .Bind(1, recipient.Route)
            .Bind(2, (int)recipient.State)
            .Bind(3, recipient.Due.ToUnixTimeMilliseconds())
            .Bind(4, recipient.Attempts)
            .Bind(5, recipient.LastReply)
            .Bind(6, recipient.LastHub)
            .Bind(7, recipient.LastAttempt?.ToUnixTimeMilliseconds() ?? 0)
            .Bind(8, StoredRows.Flags(recipient))
            .Bind(9, message.Number)
            .Bind(10, recipient.Number)
            .Run();

    public static void Insert(SqliteDatabase database, SpoolId message, AttemptNote note) =>
        database.Statement("INSERT INTO attempt(message, at, route, hub, reply, recipients) VALUES(?,?,?,?,?,?)")
            .Bind(1, message.Number)
            .Bind(2, note.At.ToUnixTimeMilliseconds())
            .Bind(3, note.Route)
            .Bind(4, note.Hub)
            .Bind(5, note.Reply)
            .Bind(6, string.Join(',', note.Recipients))
            .Run();

    /// <summary>The message and whether it verifies; null where there is none.</summary>
    public static SpoolMessage? Message(SqliteDatabase database, SpoolId id, out bool verifies, out int crashes)
    {
        (verifies, crashes) = (false, 0);
        var row = database.Statement($"SELECT {MessageColumns} FROM message WHERE n=?").Bind(1, id.Number);
        if (!row.Step())
        {
            return null;
        }

        var message = ReadMessage(row, out verifies, out crashes);
        row.Reset();
        return message;
    }

    /// <summary>All recipients of a message, in order, and whether each of them verifies.</summary>
    public static List<SpoolRecipient> Recipients(SqliteDatabase database, SpoolId id, out bool verifies)
    {
        verifies = true;
        List<SpoolRecipient> recipients = new(1);
        var row = database.Statement($"SELECT {RecipientColumns} FROM recipient WHERE message=? ORDER BY r").Bind(1, id.Number);
        while (row.Step())
        {
            recipients.Add(ReadRecipient(row, ref verifies));
        }

        return recipients;
    }

    public static List<AttemptNote> Attempts(SqliteDatabase database, SpoolId id)
    {
        List<AttemptNote> attempts = [];
        var row = database.Statement("SELECT at, route, hub, reply, recipients FROM attempt WHERE message=? ORDER BY at").Bind(1, id.Number);
        while (row.Step())
        {
            attempts.Add(new AttemptNote(
                DateTimeOffset.FromUnixTimeMilliseconds(row.Int64(0)),
                row.Text(1),
                row.Text(2),
                row.Text(3),
                [.. row.Text(4).Split(',', StringSplitOptions.RemoveEmptyEntries).Select(number => int.Parse(number, CultureInfo.InvariantCulture))]));
        }

        return attempts;
    }

    private static SpoolMessage ReadMessage(SqliteStatement row, out bool verifies, out int crashes)
    {
        var hasClient = IPAddress.TryParse(row.Text(3), out var client);
        var message = new SpoolMessage
        {
            Id = new SpoolId(row.Int64(0)),
            ReceivedAt = StoredRows.Time(row.Int64(1)),
            Mail = row.Text(2),
            Client = client ?? IPAddress.None,
            Helo = row.Text(4),
            Protocol = row.Text(5),
            Listener = row.Text(6),
            MessageId = row.Text(7),
            ContentBytes = row.Int64(8),
            WireBytes = row.Int64(9),
            Chunks = (int)row.Int64(10),
            BodyChecksum = (uint)row.Int64(11),
            Recipients = (int)row.Int64(12),
        };
        crashes = (int)row.Int64(13);
        verifies = hasClient && StoredRows.Checksum(message) == row.Int64(14);
        return message;
    }

    private static SpoolRecipient ReadRecipient(SqliteStatement row, ref bool verifies)
    {
        var flags = row.Int64(11);
        var last = row.Int64(10);
        var recipient = new SpoolRecipient
        {
            Number = (int)row.Int64(0),
            Rcpt = row.Text(1),
            Domain = row.Text(2),
            Route = row.Text(3),
            RouteIsFixed = row.Int64(4) != 0,
            State = (RecipientState)row.Int64(5),
            Due = StoredRows.Time(row.Int64(6)),
            Attempts = (int)row.Int64(7),
            LastReply = row.Text(8),
            LastHub = row.Text(9),
            LastAttempt = last == 0 ? null : StoredRows.Time(last),
            IsRefused = StoredRows.IsRefused(flags),
            DelayNoticed = StoredRows.IsDelayNoticed(flags),
        };
        verifies &= StoredRows.Checksum(recipient) == row.Int64(12);
        return recipient;
    }
}
