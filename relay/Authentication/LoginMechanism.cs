namespace RelayOperator.Relay.Authentication;

/// <summary>LOGIN, which no RFC describes and many devices speak: the name, then the password.</summary>
public sealed class LoginMechanism : ISaslMechanism
{
    public const string Name = "LOGIN";

    private static readonly ReadOnlyMemory<byte> NamePrompt = "Username:"u8.ToArray();
    private static readonly SaslStep AskPassword = SaslStep.Ask("Password:"u8.ToArray());

    private string? _name;

    public ReadOnlyMemory<byte> Prompt => NamePrompt;

    public SaslStep Take(ReadOnlySpan<byte> response)
    {
        if (SaslText.Utf8(response) is not { Length: > 0 } text)
        {
            return SaslStep.Malformed;
        }

        if (_name is null)
        {
            _name = text;
            return AskPassword;
        }

        return SaslStep.Check(_name, text);
    }
}
