using System.Net;
using RelayOperator.Relay.TransportSecurity;

namespace RelayOperator.Relay.Server;

/// <summary>What is known of a client.</summary>
/// <param name="Listener">Name of the listener that it came by.</param>
/// <param name="Client">Its address.</param>
/// <param name="ClientText">The same as text.</param>
public sealed record SessionFacts(string Listener, IPAddress Client, string ClientText)
{
    /// <summary>Its TLS; null in the clear.</summary>
    public TlsFacts? Tls { get; init; }
}
