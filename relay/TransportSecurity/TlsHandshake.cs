using System.Net.Security;

namespace RelayOperator.Relay.TransportSecurity;

/// <summary>What came of a handshake: stream and facts where it is <see cref="TlsOutcome.Ok"/>, otherwise why it is not.</summary>
public sealed record TlsHandshake(TlsOutcome Outcome, SslStream? Stream, TlsFacts? Facts, string Detail);
