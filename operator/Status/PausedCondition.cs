using RelayOperator.Operator.Derive;

namespace RelayOperator.Operator.Status;

/// <summary>Paused: the pool's objects are left as they are.</summary>
internal static class PausedCondition
{
    public static Verdict? Of(PoolFacts facts) =>
        facts.Pool.IsPaused
            ? Verdict.True("Annotation", $"nothing is changed while the annotation {PoolNames.PausedAnnotation} is \"true\"")
            : null;
}
