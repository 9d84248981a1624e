using System.Collections.Immutable;
using System.Net;

namespace RelayOperator.Relay.Checks;

/// <summary>What <c>relay check</c> is asked: whether this client may send this.</summary>
/// <param name="Client">The client's address.</param>
/// <param name="Certificate">A name in the client certificate that was verified; "" for none.</param>
/// <param name="User">Who it has authenticated as; "" for nobody.</param>
/// <param name="From">The sender's address; "" for the null sender.</param>
/// <param name="To">The recipients' addresses.</param>
/// <param name="Size">Octets of the message as the client announces them; 0 for not at all.</param>
public sealed record RelayQuestion(IPAddress Client, string Certificate, string User, string From, ImmutableArray<string> To, long Size);
