using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace RelayOperator.Relay.Tracking;

/// <summary>Writes an event as one line of JSON. Each thread has a writer of its own, so that a line costs no allocation.</summary>
internal static class TrackingLine
{
    /// <summary>Recipients that a line names; of more, it has the count.</summary>
    public const int MaxRecipients = 100;

    /// <summary>Characters of one text.</summary>
    public const int MaxText = 1000;

    private static readonly JsonWriterOptions Options = new()
    {
        // Nobody puts a line into HTML, and addresses are to be found by eye and grep.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        SkipValidation = true,
    };

    [ThreadStatic]
    private static ArrayBufferWriter<byte>? _buffer;

    [ThreadStatic]
    private static Utf8JsonWriter? _writer;

    /// <summary>The name of a kind in a line, which tools filter by.</summary>
    public static string Name(TrackingEventKind kind) => kind switch
    {
        TrackingEventKind.Receive => "RECEIVE",
        TrackingEventKind.Send => "SEND",
        TrackingEventKind.Defer => "DEFER",
        TrackingEventKind.Fail => "FAIL",
        TrackingEventKind.Dsn => "DSN",
        TrackingEventKind.Expire => "EXPIRE",
        TrackingEventKind.Hold => "HOLD",
        TrackingEventKind.HandOver => "HANDOVER",
        _ => "DELETE",
    };

    /// <summary>The line with its end; valid until this thread formats another one.</summary>
    public static ReadOnlySpan<byte> Format(in TrackingEvent entry, string pool, string pod, DateTimeOffset time)
    {
        var buffer = _buffer ??= new ArrayBufferWriter<byte>(4096);
        buffer.ResetWrittenCount();
        var writer = _writer ??= new Utf8JsonWriter(buffer, Options);
        writer.Reset();
        writer.WriteStartObject();
        Span<char> stamp = stackalloc char[32];
        _ = time.UtcDateTime.TryFormat(stamp, out var length, "yyyy-MM-dd'T'HH:mm:ss.fff'Z'");
        writer.WriteString("time"u8, stamp[..length]);
        writer.WriteString("event"u8, Name(entry.Kind));
        writer.WriteString("id"u8, entry.Id);
        Text(writer, "messageId"u8, entry.MessageId);
        Text(writer, "pool"u8, pool);
        Text(writer, "pod"u8, pod);
        if (entry.Sender is not null)
        {
            writer.WriteString("sender"u8, Clip(entry.Sender));
        }

        Recipients(writer, entry.Recipients);
        Text(writer, "hub"u8, entry.Hub);
        Text(writer, "reply"u8, entry.Reply);
        if (entry.Kind == TrackingEventKind.Send && entry.Reply is not null)
        {
            var queueId = HubQueueId.In(entry.Reply);
            if (!queueId.IsEmpty)
            {
                writer.WriteString("queueId"u8, Clip(queueId));
            }
        }

        Text(writer, "client"u8, entry.Client);
        Text(writer, "helo"u8, entry.Helo);
        Text(writer, "tls"u8, entry.Tls);
        Text(writer, "user"u8, entry.User);
        if (entry.Bytes is { } bytes)
        {
            writer.WriteNumber("bytes"u8, bytes);
        }

        if (entry.Seconds is { } seconds)
        {
            writer.WriteNumber("seconds"u8, Math.Round(seconds, 4));
        }

        if (entry.Attempt is { } attempt)
        {
            writer.WriteNumber("attempt"u8, attempt);
        }

        Text(writer, "reason"u8, entry.Reason);
        writer.WriteEndObject();
        writer.Flush();
        buffer.Write("\n"u8);
        return buffer.WrittenSpan;
    }

    private static void Recipients(Utf8JsonWriter writer, IReadOnlyList<string>? recipients)
    {
        if (recipients is null || recipients.Count == 0)
        {
            return;
        }

        writer.WriteStartArray("recipients"u8);
        for (var i = 0; i < recipients.Count && i < MaxRecipients; i++)
        {
            writer.WriteStringValue(Clip(recipients[i]));
        }

        writer.WriteEndArray();
        if (recipients.Count > MaxRecipients)
        {
            writer.WriteNumber("recipientCount"u8, recipients.Count);
        }
    }

    private static void Text(Utf8JsonWriter writer, ReadOnlySpan<byte> name, string? text)
    {
        if (!string.IsNullOrEmpty(text))
        {
            writer.WriteString(name, Clip(text));
        }
    }

    // Half a surrogate pair at the cut becomes U+FFFD, as any other one does.
    private static ReadOnlySpan<char> Clip(ReadOnlySpan<char> text) => text[..Math.Min(text.Length, MaxText)];
}
