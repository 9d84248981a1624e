namespace RelayOperator.Relay.Tracking;

/// <summary>
/// Where tracking lines go. Contract: one caller at a time, on a thread that may wait; lines are written whole or, on
/// <see cref="IOException"/> or <see cref="UnauthorizedAccessException"/>, not at all, so that they can be written again later.
/// </summary>
public interface ITrackingSink : IDisposable
{
    /// <param name="lines">Whole lines.</param>
    void Write(ReadOnlySpan<byte> lines);
}
