namespace RelayOperator.Relay.Admin;

/// <summary>One listener and where it is bound.</summary>
public sealed record ListenerStatus(string Name, string Address);
