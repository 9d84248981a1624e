namespace RelayOperator.Operator.Leading;

/// <summary>
/// Whether this process may write. Contract: true only until a deadline that lies before the moment at which another
/// process may take the Lease, measured by a monotonic clock from before the request that renewed it; so a process that was
/// frozen, or whose renewal hangs, finds itself without it before it writes. Thread-safe.
/// </summary>
public sealed class Leadership(TimeProvider time)
{
    private long _until = long.MinValue;

    /// <summary>Whether this process leads now.</summary>
    public bool IsHeld => time.GetTimestamp() < Volatile.Read(ref _until);

    /// <summary>Throws <see cref="LeadershipLostException"/> unless this process leads now.</summary>
    public void Demand()
    {
        if (!IsHeld)
        {
            throw new LeadershipLostException();
        }
    }

    /// <summary>The Lease was renewed by a request that began at <paramref name="began"/> (a timestamp).</summary>
    public void Renewed(long began, TimeSpan holdsFor) =>
        Volatile.Write(ref _until, began + (long)(holdsFor.TotalSeconds * time.TimestampFrequency));

    /// <summary>Given up: nothing is written any more.</summary>
    public void Resign() => Volatile.Write(ref _until, long.MinValue);
}
