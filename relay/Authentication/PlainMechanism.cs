namespace RelayOperator.Relay.Authentication;

/// <summary>PLAIN (RFC 4616): one message, <c>[authzid] NUL authcid NUL passwd</c>.</summary>
public sealed class PlainMechanism : ISaslMechanism
{
    public const string Name = "PLAIN";

    public ReadOnlyMemory<byte> Prompt => default;

    public SaslStep Take(ReadOnlySpan<byte> response)
    {
        var first = response.IndexOf((byte)0);
        var second = first < 0 ? -1 : response[(first + 1)..].IndexOf((byte)0);
        if (second < 0
            || SaslText.Utf8(response[..first]) is not { } actsFor
            || SaslText.Utf8(response.Slice(first + 1, second)) is not { Length: > 0 } name
            || SaslText.Utf8(response[(first + second + 2)..]) is not { Length: > 0 } password)
        {
            return SaslStep.Malformed;
        }

        // Nobody may act for somebody else.
        return actsFor.Length == 0 || actsFor == name ? SaslStep.Check(name, password) : SaslStep.Failed;
    }
}
