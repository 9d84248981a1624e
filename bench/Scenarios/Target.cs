namespace RelayOperator.Bench.Scenarios;

/// <summary>The relay's rate over a peer's must reach this ratio.</summary>
public sealed record Target(string Peer, double Ratio);
