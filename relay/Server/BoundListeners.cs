namespace RelayOperator.Relay.Server;

/// <summary>What a change of the configuration needs before it can be made: new addresses, bound, and how each listener is to be served. Both by port.</summary>
public sealed record BoundListeners(IReadOnlyDictionary<int, SmtpListener> New, IReadOnlyDictionary<int, ListenerState> States);
