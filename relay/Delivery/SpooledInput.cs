using RelayOperator.Relay.Spool;

namespace RelayOperator.Relay.Delivery;

/// <summary>A body on its way into the spool: one chunk of it in memory, within limits.memoryBytes, the rest stored already.</summary>
public sealed class SpooledInput(BodyAppender appender, BodyBudget memory) : IReceivedBody
{
    private long _taken;

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
    public async ValueTask<bool> MakeRoomAsync(double progress, Func<CancellationToken> whenGone)
    {
        if (appender.Growth is > 0 and var bytes)
        {
            if (!memory.TryTake(bytes) && !await memory.TakeAsync(bytes, progress, whenGone()))
            {
                return false;
            }

            _taken += bytes;
        }

        return await appender.MakeRoomAsync();
    }

    public void Dispose()
    {
        appender.Abandon();
        memory.GiveBack(_taken);
        _taken = 0;
    }
}
