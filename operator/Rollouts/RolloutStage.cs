namespace RelayOperator.Operator.Rollouts;

/// <summary>Where a pool stands in the wave that an upgrade began.</summary>
public enum RolloutStage
{
    /// <summary>Nothing to do with it.</summary>
    Idle,

    /// <summary>Waits for its turn.</summary>
    Waiting,

    /// <summary>It is its turn; the new template is not seen on the workload yet.</summary>
    Granted,

    /// <summary>Its pods are being replaced.</summary>
    Rolling,

    /// <summary>Took too long, and was not ready before, or that was before this process led: nobody waits for it any more.</summary>
    GivenUp,

    /// <summary>Was ready, took too long, and is not ready since.</summary>
    Failed,
}
