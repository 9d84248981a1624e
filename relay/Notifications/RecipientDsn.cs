using RelayOperator.Relay.Smtp;

namespace RelayOperator.Relay.Notifications;

/// <summary>What a client asked for with RCPT's NOTIFY and ORCPT (RFC 3461 §4.1, §4.2).</summary>
/// <param name="Notify">When somebody is to be told.</param>
/// <param name="OriginalType">Address type of ORCPT, such as rfc822 or utf-8; "" without ORCPT.</param>
/// <param name="OriginalAddress">Address of ORCPT, xtext decoded, its <c>\x{…}</c> escapes (RFC 6533 §3) kept. May hold any character.</param>
public sealed record RecipientDsn(NotifyWhen Notify, string OriginalType, string OriginalAddress)
{
    /// <summary>Nothing was asked for.</summary>
    public static RecipientDsn None { get; } = new(NotifyWhen.Unspecified, "", "");

    /// <param name="parameters"><see cref="RcptCommand.DsnParameters"/>, or the like from a spool; what is none of the two is passed over.</param>
    public static RecipientDsn Parse(string parameters)
    {
        var result = None;
        var words = new CommandParameters(parameters);
        while (words.MoveNext())
        {
            if (words.Is("NOTIFY"))
            {
                result = result with { Notify = ParseNotify(words.Value) };
            }
            else if (words.Is("ORCPT") && words.Value.IndexOf(';') is > 0 and var semicolon)
            {
                var type = words.Value[..semicolon].ToString();
                var address = words.Value[(semicolon + 1)..];
                result = result with
                {
                    OriginalType = type,
                    // The utf-8 type has an encoding of its own, which leaves no plus sign to decode (RFC 6533 §3).
                    OriginalAddress = type.Equals(Utf8Address.Type, StringComparison.OrdinalIgnoreCase) ? address.ToString() : Xtext.Decode(address),
                };
            }
        }

        return result;
    }

    private static NotifyWhen ParseNotify(ReadOnlySpan<char> value)
    {
        var when = NotifyWhen.Unspecified;
        foreach (var range in value.Split(','))
        {
            var word = value[range];
            when |= word.Equals("SUCCESS", StringComparison.OrdinalIgnoreCase) ? NotifyWhen.Success
                : word.Equals("FAILURE", StringComparison.OrdinalIgnoreCase) ? NotifyWhen.Failure
                : word.Equals("DELAY", StringComparison.OrdinalIgnoreCase) ? NotifyWhen.Delay
                : word.Equals("NEVER", StringComparison.OrdinalIgnoreCase) ? NotifyWhen.Never : NotifyWhen.Unspecified;
        }

        return when;
    }
}
