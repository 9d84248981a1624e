using System.Globalization;

namespace RelayOperator.Relay.Smtp;

/// <summary>MAIL FROM with its parameters: SIZE (RFC 1870), BODY (RFC 6152), SMTPUTF8 (RFC 6531), RET and ENVID (RFC 3461), AUTH (RFC 4954 §5).</summary>
public sealed class MailCommand
{
    private const int MaxEnvelopeId = 100;
    private const int MaxSubmitter = 500;

    private MailCommand(MailPath path) => Path = path;

    public MailPath Path { get; }

    /// <summary>Octets that the client announced; -1 where it did not.</summary>
    public long Size { get; private set; } = -1;

    public bool EightBitMime { get; private set; }

    public bool SmtpUtf8 { get; private set; }

    /// <summary>The client said who submitted the message first. Who that is the relay cannot vouch for: to hubs it says AUTH=&lt;&gt;.</summary>
    public bool HasSubmitter { get; private set; }

    /// <summary>RET and ENVID as they are passed on, each with a blank in front; "" for none.</summary>
    public string DsnParameters { get; private set; } = "";

    /// <summary>The argument of a MAIL command that says the same, but for the size.</summary>
    public string ToArgument() =>
        $"FROM:<{Path.Address}>{(EightBitMime ? " BODY=8BITMIME" : "")}{(SmtpUtf8 ? " SMTPUTF8" : "")}{(HasSubmitter ? " AUTH=<>" : "")}{DsnParameters}";

    /// <param name="argument">What follows MAIL.</param>
    /// <param name="command">The command.</param>
    /// <param name="error">What the client hears where it is none.</param>
    public static bool TryParse(string argument, out MailCommand? command, out SmtpReply? error)
    {
        command = null;
        error = Replies.BadSender;
        if (!argument.StartsWith("FROM:", StringComparison.OrdinalIgnoreCase))
        {
            error = Replies.MailSyntax;
            return false;
        }

        if (!MailPath.TryParse(argument.AsSpan(5).TrimStart(' '), forward: false, out var path, out var rest))
        {
            return false;
        }

        var parsed = new MailCommand(path!);
        error = rest.IsEmpty ? null : parsed.Read(new CommandParameters(rest));
        command = error is null ? parsed : null;
        return error is null;
    }

    private SmtpReply? Read(CommandParameters parameters)
    {
        var seen = 0;
        while (parameters.MoveNext())
        {
            var (bit, valid) = ReadOne(ref parameters);
            if (bit == 0 || (seen & bit) != 0)
            {
                return Replies.UnknownParameter;
            }

            seen |= bit;
            if (!valid)
            {
                return Replies.BadParameter;
            }
        }

        return null;
    }

    private (int Bit, bool Valid) ReadOne(ref CommandParameters parameters)
    {
        var value = parameters.Value;
        if (parameters.Is("SIZE"))
        {
            // 1*20DIGIT (RFC 1870 §4); more than fits a long is no size either.
            long size = -1;
            var valid = value.Length <= 20 && long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out size);
            Size = size;
            return (1, valid);
        }

        if (parameters.Is("BODY"))
        {
            EightBitMime = value.Equals("8BITMIME", StringComparison.OrdinalIgnoreCase);
            return (2, EightBitMime || value.Equals("7BIT", StringComparison.OrdinalIgnoreCase));
        }

        if (parameters.Is("SMTPUTF8"))
        {
            SmtpUtf8 = true;
            return (4, !parameters.HasValue);
        }

        if (parameters.Is("RET"))
        {
            DsnParameters += $" RET={value}";
            return (8, value.Equals("FULL", StringComparison.OrdinalIgnoreCase) || value.Equals("HDRS", StringComparison.OrdinalIgnoreCase));
        }

        if (parameters.Is("ENVID"))
        {
            DsnParameters += $" ENVID={value}";
            return (16, value.Length <= MaxEnvelopeId && CommandParameters.IsXtext(value));
        }

        if (parameters.Is("AUTH"))
        {
            // xtext of an address, or nobody who is known (RFC 4954 §5).
            HasSubmitter = true;
            return (32, value is "<>" || (value.Length <= MaxSubmitter && CommandParameters.IsXtext(value)));
        }

        return (0, false);
    }
}
