using System.Net;
using System.Text.Json;
using RelayOperator.Relay.Smtp;
using RelayOperator.Relay.Spool;
using RelayOperator.Relay.Tools;

namespace RelayOperator.Relay.HandOver;

/// <summary>
/// A message on its way to a peer, as <c>relay queue import</c> sends it: the envelope in one line, then the content, chunk
/// by chunk out of the spool. Where a chunk cannot be read the request is broken off, so that the peer commits nothing.
/// </summary>
internal sealed class HandOverContent(ISpool spool, SpoolClaim claim, IReadOnlyList<AttemptNote> attempts) : HttpContent
{
    /// <summary>All of it was written: from now on the peer may have it.</summary>
    public bool IsSent { get; private set; }

    /// <summary>A chunk of it cannot be read.</summary>
    public bool IsUnreadable { get; private set; }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        var message = claim.Message;
        var envelope = QueuedMessage.Of(new QueueEntry(message, claim.Recipients, attempts));
        await JsonSerializer.SerializeAsync(stream, envelope, QueueJson.Line.QueuedMessage, cancellationToken);
        await stream.WriteAsync("\n"u8.ToArray(), cancellationToken);
        var remover = new DotRemover();
        for (var k = 0; k < message.Chunks; k++)
        {
            var chunk = k == 0 && !claim.FirstChunk.IsEmpty ? claim.FirstChunk.ToArray() : await spool.ReadAsync(message.Id, k);
            if (chunk is null)
            {
                IsUnreadable = true;
                throw new IOException($"{message.Id}: chunk {k} cannot be read");
            }

            var last = k == message.Chunks - 1;
            var content = chunk.AsMemory(0, remover.Remove(chunk));
            IsSent = last; // Before it is: what is lost on the way may have arrived.
            await stream.WriteAsync(content, cancellationToken);
        }
    }

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }
}
