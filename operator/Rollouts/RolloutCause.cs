namespace RelayOperator.Operator.Rollouts;

/// <summary>Why a pool's pods should be replaced.</summary>
public enum RolloutCause
{
    /// <summary>They should not.</summary>
    None,

    /// <summary>The pool was changed: its user wants new pods now.</summary>
    Pool,

    /// <summary>The operator, or what it was started with, was changed: all pools want new pods at the same time.</summary>
    Upgrade,
}
