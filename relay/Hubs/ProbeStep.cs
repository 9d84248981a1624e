namespace RelayOperator.Relay.Hubs;

/// <summary>One step of a probe: how far it got, what was said, and how long it took.</summary>
public sealed record ProbeStep(HubPhase Phase, bool Ok, string Text, TimeSpan Elapsed);
