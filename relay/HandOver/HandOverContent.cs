using System.Buffers;
using System.Net;
using System.Text.Json;
using RelayOperator.Relay.Smtp;
using RelayOperator.Relay.Tools;

namespace RelayOperator.Relay.HandOver;

/// <summary>
/// A message on its way to a peer, as <c>relay queue import</c> sends it: the envelope in one line, then the content. Where
/// that cannot be read to its end the request is broken off, so that the peer commits nothing.
/// </summary>
/// <param name="envelope">The envelope.</param>
/// <param name="copy">Copies the body, in wire form, to whom it is given; false where it cannot be read.</param>
internal sealed class HandOverContent(QueuedMessage envelope, Func<Func<ReadOnlyMemory<byte>, ValueTask<bool>>, ValueTask<bool>> copy) : HttpContent
{
    /// <summary>Octets of the message.</summary>
    public long Bytes => envelope.Size;

    /// <summary>All of it was given to the connection: from now on the peer may have it.</summary>
    public bool IsSent { get; private set; }

    /// <summary>It cannot be read to its end.</summary>
    public bool IsUnreadable { get; private set; }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        await JsonSerializer.SerializeAsync(stream, envelope, QueueJson.Line.QueuedMessage, cancellationToken);
        await stream.WriteAsync("\n"u8.ToArray(), cancellationToken);
        var remover = new DotRemover();
        if (!await copy(WriteAsync))
        {
            IsUnreadable = true;
            throw new IOException($"{envelope.Id} cannot be read to its end");
        }

        IsSent = true; // The request's own end follows, without which the peer keeps nothing.

        // What is kept stays as it is: the dots go in a copy.
        async ValueTask<bool> WriteAsync(ReadOnlyMemory<byte> piece)
        {
            var copied = ArrayPool<byte>.Shared.Rent(piece.Length);
            try
            {
                piece.Span.CopyTo(copied);
                await stream.WriteAsync(copied.AsMemory(0, remover.Remove(copied.AsSpan(0, piece.Length))), cancellationToken);
                return true;
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(copied);
            }
        }
    }

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }
}
