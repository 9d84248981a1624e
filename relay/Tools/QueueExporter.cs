using RelayOperator.Relay.Smtp;
using RelayOperator.Relay.Spool;

namespace RelayOperator.Relay.Tools;

/// <summary>
/// Answers <c>export</c>: the message's line, then its content, chunk by chunk. What cannot be read to its end is broken
/// off, which the tool notices by the transfer's own end mark.
/// </summary>
internal sealed class QueueExporter(ISpool spool, QueueReader reader)
{
    /// <summary>Writes it; false where it has to be broken off.</summary>
    public async Task<bool> WriteAsync(string text, HttpResponse response, LineWriter answer)
    {
        var entry = SpoolId.TryParse(text, out var id) ? await spool.FindAsync(id) : null;
        var chunk = entry is null ? null : await spool.ReadAsync(id, 0);
        if (entry is null || chunk is null)
        {
            // Delivered in this very moment, or not readable.
            if (reader.Fault is { } fault)
            {
                await answer.FaultAsync(fault);
            }
            else if (entry is null || await spool.FindAsync(id) is null)
            {
                await answer.WriteAsync([new QueueLine { Missing = text }]);
            }
            else
            {
                await answer.FaultAsync($"{text} is damaged: what is stored does not match its checksum");
            }

            return true;
        }

        await answer.WriteAsync([new QueueLine { Message = QueuedMessage.Of(entry) }]);
        var remover = new DotRemover();
        for (var k = 0; k < entry.Message.Chunks; k++)
        {
            chunk = k == 0 ? chunk : await spool.ReadAsync(id, k);
            if (chunk is null)
            {
                return false;
            }

            await response.BodyWriter.WriteAsync(chunk.AsMemory(0, remover.Remove(chunk)), answer.Cancelled);
        }

        return true;
    }
}
