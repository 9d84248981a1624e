namespace RelayOperator.Bench.Scenarios;

/// <summary>A target and whether it was met.</summary>
/// <param name="What">What was wanted.</param>
/// <param name="Found">What was measured.</param>
/// <param name="Met">Whether it is reached.</param>
public sealed record Verdict(string What, string Found, bool Met)
{
    public override string ToString() => $"- {(Met ? "reached" : "MISSED")}: {What}; measured {Found}";
}
