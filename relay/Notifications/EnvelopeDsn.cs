using RelayOperator.Relay.Smtp;

namespace RelayOperator.Relay.Notifications;

/// <summary>What a client asked for with MAIL's RET and ENVID (RFC 3461 §4.3, §4.4).</summary>
/// <param name="ReturnFull">RET=FULL: a failure gives back the whole message. Without RET, or with HDRS, its header alone.</param>
/// <param name="EnvelopeId">ENVID, decoded; "" for none. May hold any character.</param>
public sealed record EnvelopeDsn(bool ReturnFull, string EnvelopeId)
{
    /// <summary>Nothing was asked for.</summary>
    public static EnvelopeDsn None { get; } = new(ReturnFull: false, "");

    /// <param name="parameters"><see cref="MailCommand.DsnParameters"/>, or the like from a spool; what is none of the two is passed over.</param>
    public static EnvelopeDsn Parse(string parameters)
    {
        var result = None;
        var words = new CommandParameters(parameters);
        while (words.MoveNext())
        {
            if (words.Is("RET"))
            {
                result = result with { ReturnFull = words.Value.Equals("FULL", StringComparison.OrdinalIgnoreCase) };
            }
            else if (words.Is("ENVID"))
            {
                result = result with { EnvelopeId = Xtext.Decode(words.Value) };
            }
        }

        return result;
    }
}
