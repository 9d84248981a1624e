using System.Text;
using RelayOperator.Relay.Tracking;

namespace RelayOperator.Relay.Tests.Tools;

/// <summary>Keeps what message tracking writes.</summary>
public sealed class TrackedLines : ITrackingSink
{
    private readonly Lock _lock = new();
    private readonly List<string> _lines = [];

    public IReadOnlyList<string> All
    {
        get
        {
            lock (_lock)
            {
                return [.. _lines];
            }
        }
    }

    public void Write(ReadOnlySpan<byte> lines)
    {
        lock (_lock)
        {
            _lines.AddRange(Encoding.UTF8.GetString(lines).Split('\n', StringSplitOptions.RemoveEmptyEntries));
        }
    }

    public void Dispose()
    {
    }
}
