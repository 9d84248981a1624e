namespace RelayOperator.Relay.Delivery;

/// <summary>Where a message goes while it arrives: kept for a hub (cut-through), or stored chunk by chunk (store and forward).</summary>
public interface IReceivedBody : IDisposable
{
    /// <summary>Bytes taken so far.</summary>
    long Length { get; }

    /// <summary>More than is gathered before a hub's DATA: such a message is streamed to its hub.</summary>
    bool IsLarge { get; }

    /// <summary>Free room to write to; zero means that <see cref="MakeRoomAsync"/> is due.</summary>
    Memory<byte> Room { get; }

    /// <summary>Counts bytes written to <see cref="Room"/>.</summary>
    void Advance(int count);

    /// <summary>Makes room for more. False where there is none: 452 4.3.1.</summary>
    /// <param name="progress">Bytes per second that the client delivered, per byte that it holds.</param>
    /// <param name="whenGone">Gives a token that ends a wait when the client is gone; asked only where there is one.</param>
    ValueTask<bool> MakeRoomAsync(double progress, Func<CancellationToken> whenGone);
}
