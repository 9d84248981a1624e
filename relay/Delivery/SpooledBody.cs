using System.Buffers;
using RelayOperator.Relay.Hubs;
using RelayOperator.Relay.Spool;

namespace RelayOperator.Relay.Delivery;

/// <summary>A spooled message's body on its way to a hub: chunk by chunk, each verified as it is read.</summary>
public sealed class SpooledBody(ISpool spool, SpoolClaim claim) : IHubBody
{
    /// <summary>A chunk could not be read, or did not verify: the hub must not get the dot.</summary>
    public bool IsUnreadable { get; private set; }

    /// <inheritdoc/>
    public bool IsLarge => claim.Message.Chunks > 1;

    /// <inheritdoc/>
    public async ValueTask<HubFault> SendAsync(HubConnection hub, bool dot)
    {
        for (var k = 0; k < claim.Message.Chunks; k++)
        {
            if (await ChunkAsync(k) is not { } chunk)
            {
                IsUnreadable = true;
                return HubFault.Abandoned;
            }

            var ends = dot && k == claim.Message.Chunks - 1;
            var fault = ends ? await WriteWithDotAsync(hub, chunk) : await hub.WriteAsync(chunk, CancellationToken.None);
            if (fault != HubFault.None)
            {
                return fault;
            }
        }

        return HubFault.None;
    }

    /// <summary>It is whole before it is sent: nothing is left but the dot.</summary>
    public ValueTask<HubFault> SendTailAsync(HubConnection hub, bool dot) =>
        dot ? hub.WriteAsync(EnvelopeWriter.EndOfData, CancellationToken.None) : new(HubFault.None);

    private async ValueTask<ReadOnlyMemory<byte>?> ChunkAsync(int k) =>
        k == 0 && !claim.FirstChunk.IsEmpty ? claim.FirstChunk : await spool.ReadAsync(claim.Message.Id, k);

    // One write, one packet where it fits one.
    private static async ValueTask<HubFault> WriteWithDotAsync(HubConnection hub, ReadOnlyMemory<byte> chunk)
    {
        var length = chunk.Length + EnvelopeWriter.EndOfData.Length;
        var whole = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            chunk.CopyTo(whole);
            EnvelopeWriter.EndOfData.CopyTo(whole.AsMemory(chunk.Length));
            return await hub.WriteAsync(whole.AsMemory(0, length), CancellationToken.None);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(whole);
        }
    }
}
