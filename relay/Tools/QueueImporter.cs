using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text.Json;
using RelayOperator.Api.Config;
using RelayOperator.Relay.Queue;
using RelayOperator.Relay.Routing;
using RelayOperator.Relay.Smtp;
using RelayOperator.Relay.Spool;
using RelayOperator.Relay.Tracking;

namespace RelayOperator.Relay.Tools;

/// <summary>
/// Takes a message that comes out of another spool, by <c>import</c> or from a peer that leaves: an envelope in one line,
/// then the content, which goes into the spool while it arrives. Contract: the message is committed only if all of the
/// content came and is what the envelope says; a known id changes nothing.
/// </summary>
internal sealed partial class QueueImporter(SpoolDoor door, Func<RouteTable> routes, TrackingLog? tracking, ILogger logger)
{
    private const int ReadBytes = 64 * 1024;
    private const string Clash = "another message of its id is in the spool: let that one go first, or import it elsewhere";

    // Two bodies of one id would get into each other's way.
    private readonly ConcurrentDictionary<SpoolId, byte> _arriving = new();

    /// <summary>Takes one message: what became of it.</summary>
    /// <param name="input">Envelope and content.</param>
    /// <param name="isHandedOver">By a peer: then it is known even if it came, and was delivered, before.</param>
    /// <param name="cancellationToken">Gives up; nothing is kept.</param>
    public async Task<QueueLine> TakeAsync(Stream input, bool isHandedOver, CancellationToken cancellationToken)
    {
        var reading = new LineReading(input);
        var (message, fault) = Parse((await reading.NextAsync(cancellationToken)).Span);
        if (message is null)
        {
            return Fault(fault!);
        }

        if (!door.Takes)
        {
            return Fault(Refusal());
        }

        if (!_arriving.TryAdd(message.Id, 0))
        {
            return Fault($"{message.Id} is being imported by somebody else at this moment");
        }

        try
        {
            return await door.Spool.FindAsync(message.Id) is { } there
                ? message.IsSameAs(there.Message) ? Known : Fault(Clash)
                : await StoreAsync(message, reading.Rest, input, isHandedOver, cancellationToken);
        }
        finally
        {
            _arriving.TryRemove(message.Id, out _);
        }
    }

    private static QueueLine Known { get; } = new() { End = new QueueEnd(0, 1, More: false) };

    private async Task<QueueLine> StoreAsync(ImportedMessage message, ReadOnlyMemory<byte> rest, Stream input, bool isHandedOver, CancellationToken cancellationToken)
    {
        var appender = new BodyAppender(door.Spool, message.Id, message.Source.Content?.Bytes is > 0 and < int.MaxValue and var bytes ? bytes : 0);
        try
        {
            var encoder = new BdatEncoder(BareLineEndings.Normalize);
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            var buffer = new byte[ReadBytes];
            var read = 0L;
            do
            {
                hash.AppendData(rest.Span);
                read += rest.Length;
                if (!await EncodeAsync(encoder, rest, appender))
                {
                    return Fault(Refusal());
                }

                rest = buffer.AsMemory(0, await input.ReadAsync(buffer, cancellationToken));
            }
            while (!rest.IsEmpty);

            return Mismatch(message.Source.Content, ContentPrint.Of(read, hash)) is { } mismatch
                ? Fault(mismatch)
                : await CommitAsync(message, encoder, appender, isHandedOver);
        }
        finally
        {
            appender.Abandon();
        }
    }

    private async ValueTask<QueueLine> CommitAsync(ImportedMessage message, BdatEncoder encoder, BodyAppender appender, bool isHandedOver)
    {
        while (appender.Room.Length < DataDecoder.MinimumOutput)
        {
            if (!await appender.MakeRoomAsync())
            {
                return Fault(Refusal());
            }
        }

        encoder.Complete(appender.Room.Span, out var written);
        appender.Advance(written);
        if (appender.Bytes == 0)
        {
            return Fault("its content is empty");
        }

        if (isHandedOver && encoder.ContentBytes != message.Source.Size)
        {
            return Fault($"its content has {encoder.ContentBytes} bytes, where the envelope says {message.Source.Size}");
        }

        if (await appender.CompleteAsync() is not { } inline)
        {
            return Fault(Refusal());
        }

        var added = new NewMessage(message.ToSpooled(appender, encoder.ContentBytes), message.Recipients, inline)
        {
            HandedOverAt = isHandedOver ? door.Retries.Now : null,
            Attempts = message.Attempts,
        };
        var (outcome, _) = await door.Spool.AddAsync(added, keepClaim: false);
        switch (outcome)
        {
            case SpoolOutcome.Done:
                appender.HandOver();
                if (tracking is not null)
                {
                    QueueTracking.AddImport(tracking, added, isHandedOver ? "handed over by a peer" : "imported", door.Retries.Now);
                }

                Imported(logger, message.Id, message.Recipients.Count, appender.Bytes);
                return new QueueLine { End = new QueueEnd(1, 0, More: false) };

            case SpoolOutcome.Known:
                return Known;

            case SpoolOutcome.Clash:
                return Fault(Clash);

            default:
                return Fault(Refusal());
        }
    }

    private static async ValueTask<bool> EncodeAsync(BdatEncoder encoder, ReadOnlyMemory<byte> content, BodyAppender appender)
    {
        while (!content.IsEmpty)
        {
            if (appender.Room.Length < DataDecoder.MinimumOutput)
            {
                if (!await appender.MakeRoomAsync())
                {
                    return false;
                }

                continue;
            }

            encoder.Encode(content.Span, appender.Room.Span, out var consumed, out var written);
            appender.Advance(written);
            content = content[consumed..];
        }

        return true;
    }

    private static string? Mismatch(ContentPrint? expected, ContentPrint found) => expected is null || expected == found
        ? null
        : $"its content has {found.Bytes} bytes with SHA-256 {found.Sha256}, where the envelope says {expected.Bytes} with {expected.Sha256}: take an undamaged copy, or take \"content\" out of the envelope if the change is meant";

    private string Refusal() =>
        door.Spool.Seal is not null ? "the spool is sealed, since its pod is to go: import into another one"
        : door.IsFull ? "the spool has no room: try again when there is some"
        : $"the spool takes no mail now: {door.Spool.Health.Fault ?? "its pod is to go"}";

    private static QueueLine Fault(string fault) => new() { Fault = fault };

    private (ImportedMessage? Message, string? Fault) Parse(ReadOnlySpan<byte> line)
    {
        try
        {
            return JsonSerializer.Deserialize(line, QueueJson.Line.QueuedMessage) is { } source ? ImportedMessage.Read(source, routes()) : (null, "the envelope is null");
        }
        catch (JsonException e)
        {
            return (null, $"the envelope is no JSON as it should be: {e.Message}");
        }
    }

    [LoggerMessage(7302, LogLevel.Information, "{Id}: imported recipients={Recipients} bytes={Bytes}")]
    private static partial void Imported(ILogger logger, SpoolId id, int recipients, long bytes);
}
