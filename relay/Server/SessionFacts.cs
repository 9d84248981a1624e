using System.Net;

namespace RelayOperator.Relay.Server;

/// <summary>What is known of a client from its connection on.</summary>
public sealed record SessionFacts(string Listener, IPAddress Client, string ClientText);
