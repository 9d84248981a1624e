using System.Security.Cryptography;
using System.Text;
using RelayOperator.Api.Users;

namespace RelayOperator.Relay.Authentication;

/// <summary>SCRAM-SHA-256 without channel binding (RFC 5802, RFC 7677).</summary>
/// <param name="verifierOf">The verifier of a name; for names that nobody has too.</param>
/// <param name="nonce">The server's part of the nonce: printable, no comma.</param>
public sealed class ScramMechanism(Func<string, ScramVerifier> verifierOf, string nonce) : ISaslMechanism
{
    public const string Name = "SCRAM-SHA-256";

    private const int LongestNonce = 512;

    private string _user = "";
    private string _header = "";
    private string _nonce = "";
    private string _messages = "";
    private ScramVerifier? _verifier;
    private bool _isShown;

    public ReadOnlyMemory<byte> Prompt => default;

    /// <summary>A nonce that nobody can guess.</summary>
    public static string NewNonce() => Convert.ToBase64String(RandomNumberGenerator.GetBytes(18));

    public SaslStep Take(ReadOnlySpan<byte> response)
    {
        if (_isShown)
        {
            // The client has seen the server's signature, and says nothing more.
            return response.IsEmpty ? SaslStep.Succeeded(_user) : SaslStep.Malformed;
        }

        return SaslText.Utf8(response) is not { } message ? SaslStep.Malformed : _verifier is null ? First(message) : Final(message);
    }

    // client-first-message: gs2-cbind-flag "," [ authzid ] "," username "," nonce ["," extensions]
    private SaslStep First(string message)
    {
        var parts = message.Split(',', 5);
        // "p" asks for channel binding, which is not offered; "m" for an extension that must be understood.
        if (parts is not [("n" or "y"), var actsFor, ['n', '=', .. var user], ['r', '=', .. var theirs], ..]
            || !IsNonce(theirs)
            || Unescape(user) is not { Length: > 0 } name
            || (actsFor is ['a', '=', .. var other] ? Unescape(other) : actsFor.Length == 0 ? name : null) is not { } identity)
        {
            return SaslStep.Malformed;
        }

        if (identity != name)
        {
            return SaslStep.Failed;
        }

        _user = name;
        _header = $"{parts[0]},{actsFor},";
        _nonce = theirs + nonce;
        _verifier = verifierOf(name);
        var answer = $"r={_nonce},s={Convert.ToBase64String(_verifier.Salt.AsSpan())},i={_verifier.Iterations}";
        _messages = $"{message[_header.Length..]},{answer}";
        return SaslStep.Ask(Encoding.UTF8.GetBytes(answer));
    }

    // client-final-message: channel-binding "," nonce ["," extensions] "," proof
    private SaslStep Final(string message)
    {
        var end = message.LastIndexOf(",p=", StringComparison.Ordinal);
        if (end < 0
            || message[..end].Split(',', 3) is not [['c', '=', .. var binding], ['r', '=', .. var theirs], ..]
            || SaslText.Decode(binding) is not { } header
            || SaslText.Decode(message[(end + 3)..]) is not { } proof)
        {
            return SaslStep.Malformed;
        }

        var signed = Encoding.UTF8.GetBytes($"{_messages},{message[..end]}");
        var shows = ScramProof.Shows(_verifier!, signed, proof);
        if (!shows || theirs != _nonce || !header.AsSpan().SequenceEqual(Encoding.UTF8.GetBytes(_header)))
        {
            return SaslStep.Failed;
        }

        _isShown = true;
        return SaslStep.Ask(Encoding.UTF8.GetBytes($"v={Convert.ToBase64String(ScramProof.ServerSignature(_verifier!, signed))}"));
    }

    private static bool IsNonce(string text) => text.Length is > 0 and <= LongestNonce && text.AsSpan().IndexOfAnyExceptInRange('!', '~') < 0;

    // A comma is =2C and an equals sign =3D; any other one is a fault. Null for what is none.
    private static string? Unescape(string text)
    {
        if (!text.Contains('=', StringComparison.Ordinal))
        {
            return text;
        }

        var plain = text.Replace("=2C", ",", StringComparison.Ordinal).Replace("=3D", "\0", StringComparison.Ordinal);
        return plain.Contains('=', StringComparison.Ordinal) ? null : plain.Replace('\0', '=');
    }
}
