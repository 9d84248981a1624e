using System.Collections.Immutable;

namespace RelayOperator.Api.Users;

/// <summary>One user who may log in.</summary>
/// <param name="Name">As the client has to write it.</param>
/// <param name="Hash">What is kept of the password: bcrypt's text, or a SCRAM verifier's.</param>
/// <param name="Scram">The verifier; null where the hash is one of bcrypt.</param>
/// <param name="Senders">Addresses, and domains with an '@' in front, that the user may send as; empty for any. Lower case.</param>
public sealed record UserEntry(string Name, string Hash, ScramVerifier? Scram, ImmutableArray<string> Senders)
{
    /// <summary>Leaves the hash out.</summary>
    public override string ToString() => $"UserEntry {{ Name = {Name} }}";
}
