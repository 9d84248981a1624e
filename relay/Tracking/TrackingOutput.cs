using RelayOperator.Relay.Logging;

namespace RelayOperator.Relay.Tracking;

/// <summary>Tracking lines to standard output, between those of the log.</summary>
public sealed class TrackingOutput : ITrackingSink
{
    public void Write(ReadOnlySpan<byte> lines)
    {
        StandardOutput.Stream.Write(lines);
        StandardOutput.Stream.Flush();
    }

    public void Dispose()
    {
        // The stream belongs to the process.
    }
}
