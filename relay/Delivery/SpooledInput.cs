using RelayOperator.Relay.Spool;

namespace RelayOperator.Relay.Delivery;

/// <summary>A body on its way into the spool: one chunk of it in memory, the rest stored already.</summary>
public sealed class SpooledInput(BodyAppender appender) : IReceivedBody
{
    public BodyAppender Appender => appender;

    /// <inheritdoc/>
    public long Length => appender.Bytes;

    /// <summary>Never: no hub waits for it.</summary>
    public bool IsLarge => false;

    /// <inheritdoc/>
    public Memory<byte> Room => appender.Room;

    /// <inheritdoc/>
    public void Advance(int count) => appender.Advance(count);

    /// <inheritdoc/>
    public ValueTask<bool> MakeRoomAsync(double progress, Func<CancellationToken> whenGone) => appender.MakeRoomAsync();

    public void Dispose() => appender.Abandon();
}
