namespace RelayOperator.Relay.Health;

/// <summary>One connection that waits for a hub.</summary>
/// <param name="Seconds">How long, without any reply on it.</param>
/// <param name="AfterDot">The final dot is sent and the verdict awaited.</param>
public readonly record struct HubWait(double Seconds, bool AfterDot);
