namespace RelayOperator.Relay.Queue;

/// <summary>What happens to a recipient after a try.</summary>
public enum FateKind
{
    /// <summary>A hub has it.</summary>
    Delivered,

    /// <summary>It stays as it is: nothing was tried, or it goes by another route.</summary>
    Unchanged,

    /// <summary>It is tried again later.</summary>
    Deferred,

    /// <summary>It is tried again later, and late enough that its sender is told.</summary>
    Delayed,

    /// <summary>It will never be delivered.</summary>
    Failed,
}
