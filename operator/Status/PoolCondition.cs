namespace RelayOperator.Operator.Status;

/// <summary>A condition of a pool and the check that decides it; a check that returns null leaves the condition out.</summary>
public sealed record PoolCondition(string Type, Func<PoolFacts, Verdict?> Check);
