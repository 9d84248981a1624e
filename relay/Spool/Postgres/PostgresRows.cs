using System.Net;
using Npgsql;
using static RelayOperator.Relay.Spool.Postgres.PostgresBatch;

namespace RelayOperator.Relay.Spool.Postgres;

/// <summary>Messages, recipients and attempts as rows, many with one statement. The only place that knows the columns.</summary>
internal static class PostgresRows
{
    /// <summary>Attempts kept of one message: the first ones tell how it began, the latest how it stands.</summary>
    public const int AttemptsKept = 50;

    public const string MessageColumns =
        "m.n, m.received, m.mail, m.client, m.helo, m.protocol, m.listener, m.message_id, m.content_bytes, m.wire_bytes, m.chunks, m.body_sum, m.recipients, m.sum, m.crashes";

    public const string RecipientColumns =
        "r.message, r.r, r.rcpt, r.domain, r.route, r.fixed, r.state, r.due, r.attempts, r.reply, r.hub, r.last, r.flags, r.sum, r.claim";

    // Columns come as arrays, and are taken apart as the result is made: a table of them would be gathered first.
    private const string InsertMessages =
        "INSERT INTO relay_spool.message(n, received, mail, client, helo, protocol, listener, message_id, content_bytes, wire_bytes, chunks, body_sum, recipients, sum)"
        + " SELECT unnest($1::bigint[]), unnest($2::bigint[]), unnest($3::text[]), unnest($4::text[]), unnest($5::text[]), unnest($6::text[]), unnest($7::text[]), unnest($8::text[]), unnest($9::bigint[]), unnest($10::bigint[]), unnest($11::int[]), unnest($12::bigint[]), unnest($13::int[]), unnest($14::bigint[])";

    private const string InsertRecipients =
        "INSERT INTO relay_spool.recipient(message, lane, r, rcpt, domain, route, fixed, state, due, attempts, reply, hub, last, flags, sum, claim)"
        + " SELECT unnest($1::bigint[]), unnest($2::int[]), unnest($3::int[]), unnest($4::text[]), unnest($5::text[]), unnest($6::text[]), unnest($7::boolean[]), unnest($8::int[]), unnest($9::bigint[]), unnest($10::int[]), unnest($11::text[]), unnest($12::text[]), unnest($13::bigint[]), unnest($14::int[]), unnest($15::bigint[]), unnest($16::bigint[])";

    private const string UpdateRecipients =
        "UPDATE relay_spool.recipient r SET route=u.route, state=u.state, due=u.due, attempts=u.attempts, reply=u.reply, hub=u.hub, last=u.last, flags=u.flags, claim=u.claim"
        + " FROM unnest($1::bigint[],$2::int[],$3::text[],$4::int[],$5::bigint[],$6::int[],$7::text[],$8::text[],$9::bigint[],$10::int[],$11::bigint[])"
        + " u(message, r, route, state, due, attempts, reply, hub, last, flags, claim) WHERE r.message=u.message AND r.r=u.r";

    /// <summary>Inserts messages; fails where an id is there.</summary>
    public static void Insert(PostgresBatch batch, IReadOnlyList<SpoolMessage> messages) => Insert(batch, InsertMessages, messages);

    /// <summary>Inserts messages whose ids are new; the result tells which.</summary>
    public static void InsertNew(PostgresBatch batch, IReadOnlyList<SpoolMessage> messages) => Insert(batch, InsertMessages + " ON CONFLICT (n) DO NOTHING RETURNING n", messages);

    /// <summary>Inserts bodies of one chunk.</summary>
    public static void Insert(PostgresBatch batch, IReadOnlyList<(SpoolId Message, ReadOnlyMemory<byte> Bytes)> bodies) => batch.Add(
        "INSERT INTO relay_spool.chunk(message, k, sum, bytes) SELECT unnest($1::bigint[]), 0, unnest($2::bigint[]), unnest($3::bytea[])",
        Column(bodies, static body => body.Message.Number),
        Column(bodies, static body => (long)BodyChecksum.Of(body.Bytes.Span)),
        Column(bodies, static body => body.Bytes));

    /// <summary>Stores a chunk; one that an earlier try has left is replaced.</summary>
    public static void Store(PostgresBatch batch, SpoolId body, int number, ReadOnlyMemory<byte> chunk) => batch.Add(
        "INSERT INTO relay_spool.chunk(message, k, sum, bytes) VALUES($1,$2,$3,$4) ON CONFLICT (message, k) DO UPDATE SET sum=excluded.sum, bytes=excluded.bytes",
        Value(body.Number),
        Value(number),
        Value((long)BodyChecksum.Of(chunk.Span)),
        Value(chunk));

    public static void Insert(PostgresBatch batch, IReadOnlyList<StoredRecipient> recipients) => batch.Add(
        InsertRecipients,
        Column(recipients, static r => r.Message.Id.Number),
        Column(recipients, static r => r.Lane),
        Column(recipients, static r => r.Recipient.Number),
        Column(recipients, static r => Storable(r.Recipient.Rcpt)),
        Column(recipients, static r => Storable(r.Recipient.Domain)),
        Column(recipients, static r => Storable(r.Recipient.Route)),
        Column(recipients, static r => r.Recipient.RouteIsFixed),
        Column(recipients, static r => (int)r.Recipient.State),
        Column(recipients, static r => r.Recipient.Due.ToUnixTimeMilliseconds()),
        Column(recipients, static r => r.Recipient.Attempts),
        Column(recipients, static r => Storable(r.Recipient.LastReply)),
        Column(recipients, static r => Storable(r.Recipient.LastHub)),
        Column(recipients, static r => Last(r.Recipient)),
        Column(recipients, static r => StoredRows.Flags(r.Recipient)),
        Column(recipients, static r => StoredRows.Checksum(r.Recipient with { Rcpt = Storable(r.Recipient.Rcpt), Domain = Storable(r.Recipient.Domain) })),
        Column(recipients, static r => r.Claim));

    public static void Update(PostgresBatch batch, IReadOnlyList<StoredRecipient> recipients) => batch.Add(
        UpdateRecipients,
        Column(recipients, static r => r.Message.Id.Number),
        Column(recipients, static r => r.Recipient.Number),
        Column(recipients, static r => Storable(r.Recipient.Route)),
        Column(recipients, static r => (int)r.Recipient.State),
        Column(recipients, static r => r.Recipient.Due.ToUnixTimeMilliseconds()),
        Column(recipients, static r => r.Recipient.Attempts),
        Column(recipients, static r => Storable(r.Recipient.LastReply)),
        Column(recipients, static r => Storable(r.Recipient.LastHub)),
        Column(recipients, static r => Last(r.Recipient)),
        Column(recipients, static r => StoredRows.Flags(r.Recipient)),
        Column(recipients, static r => r.Claim));

    /// <summary>Removes the recipients of claims; fails where it is not just them.</summary>
    public static void End(PostgresBatch batch, IReadOnlyList<PostgresClaim> claims)
    {
        var recipients = 0L;
        foreach (var claim in claims)
        {
            recipients += claim.Recipients.Count;
        }

        batch.Add(
            "WITH gone AS (DELETE FROM relay_spool.recipient WHERE message=ANY($1) AND claim=ANY($2) RETURNING 1) SELECT 1/(count(*)=$3)::int FROM gone",
            Column(claims, static claim => claim.Message.Id.Number),
            Column(claims, static claim => claim.Token),
            Value(recipients));
    }

    /// <summary>Removes messages that have no recipient left, and all that belongs to them.</summary>
    public static void Remove(PostgresBatch batch, IReadOnlyList<long> messages) => batch
        .Add("DELETE FROM relay_spool.message WHERE n=ANY($1)", Value(messages.ToArray()))
        .Add("DELETE FROM relay_spool.chunk WHERE message=ANY($1)", Value(messages.ToArray()))
        .Add("DELETE FROM relay_spool.attempt WHERE message=ANY($1)", Value(messages.ToArray()));

    public static void Insert(PostgresBatch batch, SpoolId message, AttemptNote note) => batch
        .Add(
            "INSERT INTO relay_spool.attempt(message, at, route, hub, reply, recipients) VALUES($1,$2,$3,$4,$5,$6)",
            Value(message.Number),
            Value(note.At.ToUnixTimeMilliseconds()),
            Value(Storable(note.Route)),
            Value(Storable(note.Hub)),
            Value(Storable(note.Reply)),
            Value(note.Recipients.ToArray()))
        .Add(
            "DELETE FROM relay_spool.attempt WHERE id=(SELECT id FROM relay_spool.attempt WHERE message=$1 ORDER BY id LIMIT 1 OFFSET 5)"
            + " AND (SELECT count(*) FROM relay_spool.attempt WHERE message=$1)>$2",
            Value(message.Number),
            Value(AttemptsKept));

    /// <summary>A row of <see cref="MessageColumns"/>, and whether it verifies.</summary>
    public static (SpoolMessage Message, bool Verifies, int Crashes) ReadMessage(NpgsqlDataReader row)
    {
        var hasClient = IPAddress.TryParse(row.GetString(3), out var client);
        var message = new SpoolMessage
        {
            Id = new SpoolId(row.GetInt64(0)),
            ReceivedAt = StoredRows.Time(row.GetInt64(1)),
            Mail = row.GetString(2),
            Client = client ?? IPAddress.None,
            Helo = row.GetString(4),
            Protocol = row.GetString(5),
            Listener = row.GetString(6),
            MessageId = row.GetString(7),
            ContentBytes = row.GetInt64(8),
            WireBytes = row.GetInt64(9),
            Chunks = row.GetInt32(10),
            BodyChecksum = (uint)row.GetInt64(11),
            Recipients = row.GetInt32(12),
        };
        return (message, hasClient && StoredRows.Checksum(message) == row.GetInt64(13), row.GetInt32(14));
    }

    /// <summary>A row of <see cref="RecipientColumns"/>, whose it is, and whether it verifies.</summary>
    public static (SpoolId Message, SpoolRecipient Recipient, long Claim, bool Verifies) ReadRecipient(NpgsqlDataReader row)
    {
        var (last, flags) = (row.GetInt64(11), row.GetInt32(12));
        var recipient = new SpoolRecipient
        {
            Number = row.GetInt32(1),
            Rcpt = row.GetString(2),
            Domain = row.GetString(3),
            Route = row.GetString(4),
            RouteIsFixed = row.GetBoolean(5),
            State = (RecipientState)row.GetInt32(6),
            Due = StoredRows.Time(row.GetInt64(7)),
            Attempts = row.GetInt32(8),
            LastReply = row.GetString(9),
            LastHub = row.GetString(10),
            LastAttempt = last == 0 ? null : StoredRows.Time(last),
            IsRefused = StoredRows.IsRefused(flags),
            DelayNoticed = StoredRows.IsDelayNoticed(flags),
        };
        return (new SpoolId(row.GetInt64(0)), recipient, row.GetInt64(14), StoredRows.Checksum(recipient) == row.GetInt64(13));
    }

    /// <summary>A text that PostgreSQL takes: it knows no NUL, and nothing that is no character.</summary>
    public static string Storable(string text)
    {
        foreach (var c in text)
        {
            if (c == '\0' || char.IsSurrogate(c))
            {
                return System.Text.Encoding.UTF8.GetString(System.Text.Encoding.UTF8.GetBytes(text.Replace('\0', '\uFFFD')));
            }
        }

        return text;
    }

    private static void Insert(PostgresBatch batch, string sql, IReadOnlyList<SpoolMessage> messages) => batch.Add(
        sql,
        Column(messages, static m => m.Id.Number),
        Column(messages, static m => m.ReceivedAt.ToUnixTimeMilliseconds()),
        Column(messages, static m => Storable(m.Mail)),
        Column(messages, static m => m.Client.ToString()),
        Column(messages, static m => Storable(m.Helo)),
        Column(messages, static m => Storable(m.Protocol)),
        Column(messages, static m => Storable(m.Listener)),
        Column(messages, static m => Storable(m.MessageId)),
        Column(messages, static m => m.ContentBytes),
        Column(messages, static m => m.WireBytes),
        Column(messages, static m => m.Chunks),
        Column(messages, static m => (long)m.BodyChecksum),
        Column(messages, static m => m.Recipients),
        Column(messages, static m => StoredRows.Checksum(Storable(m))));

    private static SpoolMessage Storable(SpoolMessage message) => message with
    {
        Mail = Storable(message.Mail),
        Helo = Storable(message.Helo),
        Protocol = Storable(message.Protocol),
        Listener = Storable(message.Listener),
        MessageId = Storable(message.MessageId),
    };

    private static long Last(SpoolRecipient recipient) => recipient.LastAttempt?.ToUnixTimeMilliseconds() ?? 0;

    private static NpgsqlParameter Column<TRow, T>(IReadOnlyList<TRow> rows, Func<TRow, T> value)
    {
        var column = new T[rows.Count];
        for (var i = 0; i < column.Length; i++)
        {
            column[i] = value(rows[i]);
        }

        return Value(column);
    }
}

/// <summary>A recipient as it is written: of which message, in which lane, and claimed by whom (0 for nobody).</summary>
internal readonly record struct StoredRecipient(SpoolMessage Message, int Lane, SpoolRecipient Recipient, long Claim);
