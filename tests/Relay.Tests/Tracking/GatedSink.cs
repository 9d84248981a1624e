using System.Text;
using RelayOperator.Relay.Tracking;

namespace RelayOperator.Relay.Tests.Tracking;

/// <summary>A sink that waits or fails as told.</summary>
internal sealed class GatedSink : ITrackingSink
{
    private readonly Lock _lock = new();
    private readonly StringBuilder _text = new();
    private int _entered;

    /// <summary>Open: writes pass.</summary>
    public ManualResetEventSlim Gate { get; } = new(initialState: true);

    public volatile Exception? Fault;

    public int Entered => Volatile.Read(ref _entered);

    public bool IsDisposed { get; private set; }

    /// <summary>The ids of the lines that were written.</summary>
    public IReadOnlyList<string> Ids
    {
        get
        {
            lock (_lock)
            {
                return [.. _text.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => TrackedEvent.Parse(line)!.Id)];
            }
        }
    }

    public void Write(ReadOnlySpan<byte> lines)
    {
        Interlocked.Increment(ref _entered);
        Gate.Wait();
        if (Fault is { } fault)
        {
            throw fault;
        }

        lock (_lock)
        {
            _text.Append(Encoding.UTF8.GetString(lines));
        }
    }

    public void Dispose() => IsDisposed = true;
}
