using System.Net;
using RelayOperator.Relay.Authentication;
using RelayOperator.Relay.TransportSecurity;

namespace RelayOperator.Relay.Server;

/// <summary>What is known of a client.</summary>
/// <param name="Listener">Name of the listener that it came by.</param>
/// <param name="Client">Its address.</param>
/// <param name="ClientText">The same as text.</param>
public sealed record SessionFacts(string Listener, IPAddress Client, string ClientText)
{
    /// <summary>Nobody knows who it is: a proxy told no address, so that no rule covers it, and the address is the proxy's.</summary>
    public bool IsUnknown { get; init; }

    /// <summary>Its TLS; null in the clear.</summary>
    public TlsFacts? Tls { get; init; }

    /// <summary>Who it has authenticated as; null for nobody.</summary>
    public ClientLogin? Login { get; init; }
}
