namespace RelayOperator.Operator.Leading;

/// <summary>The times of leader election, as other Kubernetes controllers have them.</summary>
public sealed record LeaseTimes
{
    /// <summary>How long after its last renewal a Lease may be taken by another.</summary>
    public TimeSpan Duration { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How long after its last renewal the holder still writes.</summary>
    public TimeSpan RenewDeadline { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How often it is renewed, or looked at.</summary>
    public TimeSpan Retry { get; init; } = TimeSpan.FromSeconds(2);
}
