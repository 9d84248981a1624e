using System.Text;

namespace RelayOperator.Relay.Logging;

/// <summary>
/// Lines on their way to a stream. Contract: what is appended is written, in order, within <see cref="Delay"/>, or at
/// once if it is urgent or the output is disposed; nobody who appends waits for the stream. While a stream takes nothing,
/// lines beyond <see cref="Capacity"/> are dropped, and the next line that fits says how many.
/// Thread-safe.
/// </summary>
public sealed class LogOutput : IDisposable
{
    /// <summary>Most bytes that wait.</summary>
    public const int Capacity = 8 * 1024 * 1024;

    /// <summary>How long a line may wait for company.</summary>
    public static readonly TimeSpan Delay = TimeSpan.FromMilliseconds(50);

    // A stream that takes nothing holds up the end no longer than that.
    private static readonly TimeSpan LastWait = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly Lock _writing = new();
    private readonly Stream _stream;
    private readonly ITimer _timer;
    private byte[] _waiting = new byte[64 * 1024];
    private byte[] _spare = new byte[64 * 1024];
    private int _length;
    private long _dropped;

    public LogOutput(Stream stream, TimeProvider time)
    {
        _stream = stream;
        _timer = time.CreateTimer(_ => Flush(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public void Append(StringBuilder line, bool urgent)
    {
        bool first;
        lock (_lock)
        {
            first = _length == 0;
            if (_dropped > 0)
            {
                line = new StringBuilder().Append(_dropped).AppendLine(" log lines were dropped: standard output took none.").Append(line);
            }

            _dropped = TryAdd(line) ? 0 : _dropped + 1;
        }

        if (urgent)
        {
            _timer.Change(TimeSpan.Zero, Timeout.InfiniteTimeSpan);
        }
        else if (first)
        {
            _timer.Change(Delay, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Writes what waits; a stream that takes nothing is given up after a second.</summary>
    public void Dispose()
    {
        _timer.Dispose();
        var last = new Thread(WriteLast) { IsBackground = true };
        last.Start();
        last.Join(LastWait);
    }

    private void WriteLast()
    {
        lock (_writing)
        {
            Write();
        }
    }

    private bool TryAdd(StringBuilder line)
    {
        var most = _length + Encoding.UTF8.GetMaxByteCount(line.Length);
        if (most > Capacity)
        {
            return false;
        }

        if (most > _waiting.Length)
        {
            Array.Resize(ref _waiting, Math.Max(most, _waiting.Length * 2));
        }

        foreach (var chunk in line.GetChunks())
        {
            _length += Encoding.UTF8.GetBytes(chunk.Span, _waiting.AsSpan(_length));
        }

        return true;
    }

    // One thread at a time, and no other waits for it: while the stream is stuck, each urgent line would take one more.
    private void Flush()
    {
        while (_writing.TryEnter())
        {
            try
            {
                Write();
            }
            finally
            {
                _writing.Exit();
            }

            // What came in between found the writer still there.
            lock (_lock)
            {
                if (_length == 0)
                {
                    return;
                }
            }
        }
    }

    private void Write()
    {
        int length;
        lock (_lock)
        {
            (_waiting, _spare) = (_spare, _waiting);
            length = _length;
            _length = 0;
        }

        if (length == 0)
        {
            return; // Another one was faster.
        }

        try
        {
            _stream.Write(_spare.AsSpan(0, length));
            _stream.Flush();
        }
        catch (IOException)
        {
            // Nobody reads standard output any more; the relay goes on.
        }
    }
}
