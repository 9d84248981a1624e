using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace RelayOperator.Relay.Smtp;

/// <summary>One command line: its verb, and its argument as text.</summary>
/// <param name="Verb">The command; Unknown for anything else.</param>
/// <param name="Argument">What follows the verb, without surrounding blanks; "" where nothing does.</param>
/// <param name="HasControlCharacters">The line holds NUL or another control character, or is no UTF-8: to be refused.</param>
public readonly record struct SmtpCommand(SmtpVerb Verb, string Argument, bool HasControlCharacters)
{
    // CR and LF cannot come out of LineReader; if they ever did, they would be commands of their own at a hub.
    private static readonly SearchValues<byte> Controls = SearchValues.Create(
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 127]);

    /// <summary>Leaves out what follows AUTH, which may hold a password.</summary>
    public override string ToString() => Verb == SmtpVerb.Auth ? "AUTH" : $"{Verb} {Argument}";

    /// <summary>Reads a line without its CRLF. Verbs are matched without regard to case (RFC 5321 §2.4).</summary>
    public static SmtpCommand Parse(ReadOnlySpan<byte> line)
    {
        // White space before the CRLF is tolerated (RFC 5321 §4.1.1).
        line = line.TrimEnd(" \t"u8);
        var end = line.IndexOf((byte)' ');
        var verb = VerbOf(end < 0 ? line : line[..end]);
        var argument = end < 0 ? default : line[(end + 1)..].TrimStart((byte)' ');

        // Asked, not tried: an exception for each broken line would be a cheap way to keep the relay busy.
        return line.ContainsAny(Controls) || !Utf8.IsValid(argument)
            ? new(verb, "", true)
            : new(verb, argument.IsEmpty ? "" : Encoding.UTF8.GetString(argument), false);
    }

    private static SmtpVerb VerbOf(ReadOnlySpan<byte> word)
    {
        if (word.Length == 8)
        {
            return Ascii.EqualsIgnoreCase(word, "STARTTLS"u8) ? SmtpVerb.StartTls : SmtpVerb.Unknown;
        }

        if (word.Length == 7)
        {
            return Ascii.EqualsIgnoreCase(word, "XCLIENT"u8) ? SmtpVerb.Xclient : SmtpVerb.Unknown;
        }

        if (word.Length == 5)
        {
            return word.SequenceEqual("PROXY"u8) ? SmtpVerb.Proxy : SmtpVerb.Unknown;
        }

        if (word.Length != 4)
        {
            return SmtpVerb.Unknown;
        }

        Span<byte> upper = stackalloc byte[4];
        _ = Ascii.ToUpper(word, upper, out _);
        return upper switch
        {
            [(byte)'H', (byte)'E', (byte)'L', (byte)'O'] => SmtpVerb.Helo,
            [(byte)'E', (byte)'H', (byte)'L', (byte)'O'] => SmtpVerb.Ehlo,
            [(byte)'M', (byte)'A', (byte)'I', (byte)'L'] => SmtpVerb.Mail,
            [(byte)'R', (byte)'C', (byte)'P', (byte)'T'] => SmtpVerb.Rcpt,
            [(byte)'D', (byte)'A', (byte)'T', (byte)'A'] => SmtpVerb.Data,
            [(byte)'B', (byte)'D', (byte)'A', (byte)'T'] => SmtpVerb.Bdat,
            [(byte)'R', (byte)'S', (byte)'E', (byte)'T'] => SmtpVerb.Rset,
            [(byte)'N', (byte)'O', (byte)'O', (byte)'P'] => SmtpVerb.Noop,
            [(byte)'V', (byte)'R', (byte)'F', (byte)'Y'] => SmtpVerb.Vrfy,
            [(byte)'E', (byte)'X', (byte)'P', (byte)'N'] => SmtpVerb.Expn,
            [(byte)'H', (byte)'E', (byte)'L', (byte)'P'] => SmtpVerb.Help,
            [(byte)'Q', (byte)'U', (byte)'I', (byte)'T'] => SmtpVerb.Quit,
            [(byte)'A', (byte)'U', (byte)'T', (byte)'H'] => SmtpVerb.Auth,
            _ => SmtpVerb.Unknown,
        };
    }
}
