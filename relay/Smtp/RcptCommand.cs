using System.Buffers;
using System.Text;

namespace RelayOperator.Relay.Smtp;

/// <summary>RCPT TO with its parameters NOTIFY and ORCPT (RFC 3461).</summary>
public sealed class RcptCommand
{
    private static readonly SearchValues<char> AddressType =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-");

    private const int MaxOriginalRecipient = 500;

    private RcptCommand(MailPath path) => Path = path;

    public MailPath Path { get; }

    /// <summary>NOTIFY and ORCPT as they are passed on, each with a blank in front; "" for none.</summary>
    public string DsnParameters { get; private set; } = "";

    /// <summary>The path or the original recipient has characters outside ASCII: only allowed with SMTPUTF8 (RFC 6531, RFC 6533 §3).</summary>
    public bool NeedsUtf8 => Path.NeedsUtf8 || !Ascii.IsValid(DsnParameters);

    /// <summary>The argument of a RCPT command that says the same.</summary>
    public string ToArgument() => $"TO:<{Path.Address}>{DsnParameters}";

    /// <param name="argument">What follows RCPT.</param>
    /// <param name="command">The command.</param>
    /// <param name="error">What the client hears where it is none.</param>
    public static bool TryParse(string argument, out RcptCommand? command, out SmtpReply? error)
    {
        command = null;
        error = Replies.BadRecipient;
        if (!argument.StartsWith("TO:", StringComparison.OrdinalIgnoreCase))
        {
            error = Replies.RcptSyntax;
            return false;
        }

        if (!MailPath.TryParse(argument.AsSpan(3).TrimStart(' '), forward: true, out var path, out var rest))
        {
            return false;
        }

        var parsed = new RcptCommand(path!);
        error = rest.IsEmpty ? null : parsed.Read(new CommandParameters(rest));
        command = error is null ? parsed : null;
        return error is null;
    }

    private SmtpReply? Read(CommandParameters parameters)
    {
        var seen = 0;
        while (parameters.MoveNext())
        {
            var bit = parameters.Is("NOTIFY") ? 1 : parameters.Is("ORCPT") ? 2 : 0;
            if (bit == 0 || (seen & bit) != 0)
            {
                return Replies.UnknownParameter;
            }

            seen |= bit;
            if (!(bit == 1 ? IsNotify(parameters.Value) : IsOriginalRecipient(parameters.Value)))
            {
                return Replies.BadParameter;
            }

            DsnParameters += $" {parameters.Keyword}={parameters.Value}";
        }

        return null;
    }

    // NEVER alone, or any of the other three once each (RFC 3461 §4.1).
    private static bool IsNotify(ReadOnlySpan<char> value)
    {
        if (value.Equals("NEVER", StringComparison.OrdinalIgnoreCase))
        {
            return true;
        }

        var seen = 0;
        foreach (var range in value.Split(','))
        {
            var word = value[range];
            var bit = word.Equals("SUCCESS", StringComparison.OrdinalIgnoreCase) ? 1
                : word.Equals("FAILURE", StringComparison.OrdinalIgnoreCase) ? 2
                : word.Equals("DELAY", StringComparison.OrdinalIgnoreCase) ? 4 : 0;
            if (bit == 0 || (seen & bit) != 0)
            {
                return false;
            }

            seen |= bit;
        }

        return seen != 0;
    }

    private static bool IsOriginalRecipient(ReadOnlySpan<char> value)
    {
        var semicolon = value.IndexOf(';');
        return value.Length <= MaxOriginalRecipient
            && semicolon > 0
            && !value[..semicolon].ContainsAnyExcept(AddressType)
            && (CommandParameters.IsXtext(value[(semicolon + 1)..])
                || (value[..semicolon].Equals("UTF-8", StringComparison.OrdinalIgnoreCase) && IsUtf8Address(value[(semicolon + 1)..])));
    }

    // utf-8-addr-xtext and utf-8-addr-unitext (RFC 6533 §3), as far as keeps a hub's line whole: printable, no blank.
    private static bool IsUtf8Address(ReadOnlySpan<char> value)
    {
        foreach (var c in value)
        {
            if (c is ' ' or '=' || char.IsControl(c))
            {
                return false;
            }
        }

        return !value.IsEmpty;
    }
}
