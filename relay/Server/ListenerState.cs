using System.Collections.Immutable;
using System.Net;
using RelayOperator.Api.Config;
using RelayOperator.Relay.Authentication;
using RelayOperator.Relay.TransportSecurity;

namespace RelayOperator.Relay.Server;

/// <summary>A listener as it is served at one moment.</summary>
/// <param name="Name">What the configuration calls it.</param>
/// <param name="Protocol">How a session begins.</param>
/// <param name="Tls">TLS towards its clients; null for none.</param>
public sealed record ListenerState(string Name, ListenerProtocol Protocol, ListenerTls? Tls)
{
    /// <summary>Users who may authenticate; null where AUTH is not served.</summary>
    public UserDirectory? Users { get; init; }

    /// <summary>Networks of the proxies whose PROXY header tells who the client is; empty where connections have none.</summary>
    public ImmutableArray<IPNetwork> Proxies { get; init; } = [];

    /// <summary>Networks of the clients that may use XCLIENT; empty for nobody.</summary>
    public ImmutableArray<IPNetwork> Introducers { get; init; } = [];
}
