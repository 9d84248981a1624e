namespace RelayOperator.Operator.Status;

/// <summary>NameConflict: objects that the pool needs exist and are not its own; they are never touched.</summary>
internal static class NameConflictCondition
{
    public static Verdict? Of(PoolFacts facts) => facts.Applied.Conflicts.Length == 0
        ? null
        : Verdict.True("NotOurs", $"{string.Join(", ", facts.Applied.Conflicts)}: not this pool's; remove it, or name the pool otherwise");
}
