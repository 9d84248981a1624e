using System.Text;

namespace RelayOperator.Relay.Tests.Logging;

/// <summary>What was written and in how many pieces; a gate makes writing wait.</summary>
internal sealed class SlowStream : Stream
{
    private readonly Lock _lock = new();
    private readonly List<string> _writes = [];
    private int _entered;

    /// <summary>Open: writes pass.</summary>
    public ManualResetEventSlim Gate { get; } = new(initialState: true);

    /// <summary>Thrown by each write; null for none.</summary>
    public Exception? Fault { get; set; }

    /// <summary>Writes that began.</summary>
    public int Entered => Volatile.Read(ref _entered);

    public IReadOnlyList<string> Writes
    {
        get
        {
            lock (_lock)
            {
                return [.. _writes];
            }
        }
    }

    public string Text => string.Concat(Writes);

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        Interlocked.Increment(ref _entered);
        Gate.Wait();
        if (Fault is not null)
        {
            throw Fault;
        }

        lock (_lock)
        {
            _writes.Add(Encoding.UTF8.GetString(buffer));
        }
    }

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        Gate.Dispose();
        base.Dispose(disposing);
    }
}
