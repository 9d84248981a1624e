using RelayOperator.Api.Config;
using RelayOperator.Relay.TransportSecurity;

namespace RelayOperator.Relay.Server;

/// <summary>A listener as it is served at one moment.</summary>
/// <param name="Name">What the configuration calls it.</param>
/// <param name="Protocol">How a session begins.</param>
/// <param name="Tls">TLS towards its clients; null for none.</param>
public sealed record ListenerState(string Name, ListenerProtocol Protocol, ListenerTls? Tls);
