using System.Security.Cryptography;
using System.Text;
using RelayOperator.Api.Users;

namespace RelayOperator.Relay.Authentication;

/// <summary>The reckoning of SCRAM-SHA-256 (RFC 5802 §3, RFC 7677). Compares in constant time.</summary>
internal static class ScramProof
{
    private const int KeyOctets = 32;

    /// <summary>Whether a client's proof shows that it knows the password behind a verifier.</summary>
    /// <param name="verifier">What is kept of the password.</param>
    /// <param name="signed">The AuthMessage.</param>
    /// <param name="proof">ClientProof.</param>
    public static bool Shows(ScramVerifier verifier, byte[] signed, ReadOnlySpan<byte> proof)
    {
        Span<byte> key = stackalloc byte[KeyOctets];
        HMACSHA256.HashData(verifier.StoredKey.AsSpan(), signed, key);
        var fits = proof.Length == KeyOctets;
        for (var i = 0; i < KeyOctets; i++)
        {
            key[i] ^= fits ? proof[i] : (byte)0;
        }

        Span<byte> stored = stackalloc byte[KeyOctets];
        SHA256.HashData(key, stored);
        return CryptographicOperations.FixedTimeEquals(stored, verifier.StoredKey.AsSpan()) & fits;
    }

    /// <summary>By what the server shows that it knows the verifier.</summary>
    public static byte[] ServerSignature(ScramVerifier verifier, byte[] signed) => HMACSHA256.HashData(verifier.ServerKey.AsSpan(), signed);

    /// <summary>Whether a verifier is of a password.</summary>
    public static bool IsOf(ScramVerifier verifier, string password)
    {
        var salted = Rfc2898DeriveBytes.Pbkdf2(Encoding.UTF8.GetBytes(password), verifier.Salt.AsSpan(), verifier.Iterations, HashAlgorithmName.SHA256, KeyOctets);
        var stored = SHA256.HashData(HMACSHA256.HashData(salted, "Client Key"u8));
        return CryptographicOperations.FixedTimeEquals(stored, verifier.StoredKey.AsSpan());
    }

    /// <summary>A verifier that no password has: of the same form as another one, and always the same for a name.</summary>
    /// <param name="key">What nobody outside knows.</param>
    /// <param name="name">The name that nobody has.</param>
    /// <param name="form">A verifier of somebody.</param>
    public static ScramVerifier Pretended(byte[] key, string name, ScramVerifier form) => new(
        form.Iterations,
        [.. Derived(key, "salt", name)[..form.Salt.Length]],
        [.. Derived(key, "stored", name)[..KeyOctets]],
        [.. Derived(key, "server", name)[..KeyOctets]]);

    private static byte[] Derived(byte[] key, string purpose, string name) => HMACSHA512.HashData(key, Encoding.UTF8.GetBytes($"{purpose}\0{name}"));
}
