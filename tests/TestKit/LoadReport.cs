namespace RelayOperator.TestKit;

/// <summary>What clients saw: the ids that were acknowledged, and every reply or fault that was no success.</summary>
public sealed record LoadReport(IReadOnlyCollection<string> Acknowledged, IReadOnlyCollection<string> Errors);
