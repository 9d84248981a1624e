using System.Security.Cryptography;
using System.Text;

namespace RelayOperator.TestKit;

/// <summary>The server's side of AUTH for one session: PLAIN, LOGIN, SCRAM-SHA-256 (RFC 4616, RFC 7677) and XOAUTH2, for one user.</summary>
public sealed class SaslServer(string user, string password)
{
    private const string Accepted = "235 2.7.0 Welcome";
    private const string Refused = "535 5.7.8 Who?";
    private const int Iterations = 4096;

    private readonly byte[] _salt = RandomNumberGenerator.GetBytes(16);
    private Func<string, string>? _next;
    private string _user = "";
    private string _clientFirst = "";
    private string _serverFirst = "";

    /// <summary>The client's next line belongs to the exchange.</summary>
    public bool IsUnderWay => _next is not null;

    /// <summary>The client is who it says.</summary>
    public bool Succeeded { get; private set; }

    /// <summary>Answers AUTH, or the next line of an exchange.</summary>
    public string Answer(string line)
    {
        if (_next is { } next)
        {
            _next = null;
            return next(Decoded(line));
        }

        var words = line.Split(' ');
        var initial = words.Length > 2 ? Decoded(words[2]) : null;
        return words[1] switch
        {
            "PLAIN" => initial is null ? Ask("", Plain) : Plain(initial),
            "LOGIN" => initial is null ? Ask("Username:", Name) : Name(initial),
            "SCRAM-SHA-256" => initial is null ? Ask("", First) : First(initial),
            "XOAUTH2" => initial is null ? Ask("", Bearer) : Bearer(initial),
            _ => "504 5.5.4 Not that",
        };
    }

    private string Ask(string challenge, Func<string, string> next)
    {
        _next = next;
        return $"334 {Encoded(challenge)}";
    }

    private string Plain(string response) => Verdict(response.Split('\0') is [_, var name, var secret] && name == user && secret == password);

    // A refusal comes after a challenge that tells why, and that the client answers with nothing.
    private string Bearer(string response) => response == $"user={user}\u0001auth=Bearer {password}\u0001\u0001"
        ? Verdict(true)
        : Ask("""{"status":"400","schemes":"Bearer","scope":"https://mail.example/"}""", rest => rest.Length == 0 ? Verdict(false) : "501 5.5.4 Nothing is due");

    private string Name(string name)
    {
        _user = name;
        return Ask("Password:", secret => Verdict(_user == user && secret == password));
    }

    private string First(string message)
    {
        _clientFirst = message[3..]; // behind the GS2 header "n,,"
        var nonce = _clientFirst[(_clientFirst.IndexOf("r=", StringComparison.Ordinal) + 2)..] + "server";
        _serverFirst = $"r={nonce},s={Convert.ToBase64String(_salt)},i={Iterations}";
        return Ask(_serverFirst, Final);
    }

    private string Final(string message)
    {
        var at = message.IndexOf(",p=", StringComparison.Ordinal);
        var proof = Convert.FromBase64String(message[(at + 3)..]);
        var signed = Encoding.UTF8.GetBytes($"{_clientFirst},{_serverFirst},{message[..at]}");
        var salted = Rfc2898DeriveBytes.Pbkdf2(password, _salt, Iterations, HashAlgorithmName.SHA256, 32);
        var stored = SHA256.HashData(HMACSHA256.HashData(salted, "Client Key"u8));
        var signature = HMACSHA256.HashData(stored, signed);
        var key = proof.Zip(signature, (a, b) => (byte)(a ^ b)).ToArray();
        if (!_clientFirst.StartsWith($"n={user},", StringComparison.Ordinal) || !SHA256.HashData(key).AsSpan().SequenceEqual(stored))
        {
            return Verdict(false);
        }

        var server = HMACSHA256.HashData(HMACSHA256.HashData(salted, "Server Key"u8), signed);
        return Ask($"v={Convert.ToBase64String(server)}", _ => Verdict(true));
    }

    private string Verdict(bool succeeded)
    {
        Succeeded = succeeded;
        return succeeded ? Accepted : Refused;
    }

    private static string Encoded(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    private static string Decoded(string text) => text == "=" ? "" : Encoding.UTF8.GetString(Convert.FromBase64String(text));
}
