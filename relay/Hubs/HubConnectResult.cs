namespace RelayOperator.Relay.Hubs;

/// <summary>A connection ready for MAIL, or the phase in which there came to be none, and what was said.</summary>
/// <param name="Connection">Null where it failed.</param>
/// <param name="Phase">Where it failed.</param>
/// <param name="Answer">The hub's words or the fault.</param>
/// <param name="Detail">More about a fault, for the log; never a credential.</param>
public readonly record struct HubConnectResult(HubConnection? Connection, HubPhase Phase, HubAnswer Answer, string Detail);
