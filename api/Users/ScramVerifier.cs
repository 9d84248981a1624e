using System.Collections.Immutable;

namespace RelayOperator.Api.Users;

/// <summary>What a server keeps of a password for SCRAM-SHA-256 (RFC 5802 §3): it proves who knows the password, and is not enough to log in with.</summary>
/// <param name="Iterations">Rounds of PBKDF2.</param>
/// <param name="Salt">Octets of the salt.</param>
/// <param name="StoredKey">H(ClientKey), 32 octets.</param>
/// <param name="ServerKey">By which the server proves itself, 32 octets.</param>
public sealed record ScramVerifier(int Iterations, ImmutableArray<byte> Salt, ImmutableArray<byte> StoredKey, ImmutableArray<byte> ServerKey)
{
    /// <summary>How one begins where it is written.</summary>
    internal const string Prefix = "SCRAM-SHA-256$";

    // RFC 7677 §4 wants no fewer; with more, one login would cost seconds.
    private const int LeastIterations = 4096;
    private const int MostIterations = 1_000_000;
    private const int KeyOctets = 32;

    /// <summary>What was allowed where <see cref="Parse"/> found none.</summary>
    internal static string Allowed { get; } =
        $"SCRAM-SHA-256$iterations:salt$StoredKey:ServerKey, {LeastIterations} to {MostIterations} iterations, a salt of 8 to 64 octets and keys of {KeyOctets}, in base64";

    /// <summary>Leaves salt and keys out.</summary>
    public override string ToString() => nameof(ScramVerifier);

    /// <summary>Reads the form in which PostgreSQL writes it; null where it is none.</summary>
    internal static ScramVerifier? Parse(string text)
    {
        if (!text.StartsWith(Prefix, StringComparison.Ordinal)
            || text[Prefix.Length..].Split('$') is not [var work, var keys]
            || work.Split(':') is not [var rounds, var salt]
            || keys.Split(':') is not [var stored, var server]
            || !int.TryParse(rounds, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var iterations)
            || iterations is < LeastIterations or > MostIterations
            || Secret.Decode(salt) is not { Length: >= 8 and <= 64 } saltOctets
            || Secret.Decode(stored) is not { Length: KeyOctets } storedOctets
            || Secret.Decode(server) is not { Length: KeyOctets } serverOctets)
        {
            return null;
        }

        return new ScramVerifier(iterations, [.. saltOctets], [.. storedOctets], [.. serverOctets]);
    }
}
