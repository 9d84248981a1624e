using System.Buffers;
using System.Net;
using System.Text;
using CsCheck;
using RelayOperator.Relay.Smtp;
using Xunit;

namespace RelayOperator.Relay.Tests.Fuzz;

/// <summary>Command lines, from their octets to the envelope.</summary>
public sealed class CommandProperties
{
    private static readonly string[] Verbs = ["HELO", "EHLO", "MAIL", "RCPT", "DATA", "BDAT", "RSET", "NOOP", "VRFY", "EXPN", "HELP", "QUIT", "AUTH", "STARTTLS", "XCLIENT"];

    private static readonly Gen<string> Atom = Gen.Char["abcXYZ019!#$%&'*+-/=?^_`{|}~."].Array[1, 20].Select(text => new string(text));

    private static readonly Gen<string> Quoted =
        Gen.OneOf(Gen.Char["ab<>@ ,:;()[]."].Select(c => c.ToString()), Gen.Char["\\\"@>"].Select(c => $"\\{c}")).Array[0, 20].Select(parts => $"\"{string.Concat(parts)}\"");

    private static readonly Gen<string> Name = Gen.OneOf("a", "Corp", "xn--p1ai", "1", "m-x", "müller").Array[1, 5].Select(labels => string.Join('.', labels));

    private static readonly Gen<string> Domain = Gen.OneOf(
        Name, Gen.Byte.Array[4].Select(octets => $"[{new IPAddress(octets)}]"), Gen.Byte.Array[16].Select(octets => $"[IPv6:{new IPAddress(octets)}]"));

    private static readonly Gen<string> Mess = Fuzzing.Soup(
        14, "<", ">", "@", "\"", "\\", ",", ":", "[", "]", ".", "%", "!", " ", "a", "b.test", "é", "\u2028", "\0", "\r", "\n", "\u0085", "postmaster", " SIZE=1", " NOTIFY=NEVER", " ORCPT=rfc822;a", " ENVID=+0A", " BODY=8BITMIME", "=");

    [Fact]
    public void Lines_are_the_same_in_any_pieces_and_nothing_of_the_input_is_lost() => Fuzzing.Run(
        Gen.Select(Fuzzing.Soup(30, "\r", "\n", "\r\n", "\r\n", "x", "NOOP", "a longer text", "\0"), Fuzzing.Pieces(20)),
        (text, pieces) =>
        {
            var whole = Lines([text]);
            Assert.Equal(whole, Lines([.. Fuzzing.Cut(text.ToCharArray(), pieces).Select(piece => new string(piece))]));
            Assert.Equal(text, string.Concat(whole.Select(line => line[1..])));
            Assert.DoesNotContain(whole, line => line[0] == 'L' && line[1..^2].AsSpan().ContainsAny('\r', '\n'));
        });

    [Fact]
    public void A_command_is_its_verb_and_its_argument_and_no_control_character_gets_through() => Fuzzing.Run(
        Gen.Select(Gen.OneOf(Verbs), Gen.Bool, Mess, Gen.Byte.Array[0, 20]),
        (verb, lower, argument, noise) =>
        {
            var command = SmtpCommand.Parse(Encoding.UTF8.GetBytes($"{(lower ? verb.ToLowerInvariant() : verb)} {argument}"));
            var isClean = !argument.Any(c => c < ' ');
            Assert.Equal(verb, command.Verb.ToString().ToUpperInvariant());
            Assert.Equal((!isClean, isClean ? argument.Trim(' ') : ""), (command.HasControlCharacters, command.Argument));
            Assert.DoesNotContain(SmtpCommand.Parse(noise).Argument, c => c is < ' ' or '\u007f');
        });

    [Fact]
    public void A_path_that_is_printed_is_read_as_it_was_and_its_source_route_is_dropped() => Fuzzing.Run(
        Gen.Select(Gen.OneOf(Atom, Quoted), Domain, Name.Array[0, 3], Gen.OneOf("", " SIZE=1")),
        (local, domain, route, behind) =>
        {
            var printed = $"<{(route.Length == 0 ? "" : string.Join(',', route.Select(hop => $"@{hop}")) + ":")}{local}@{domain}>{behind}";
            Assert.True(MailPath.TryParse(printed, forward: true, out var path, out var rest), printed);
            Assert.Equal(($"{local}@{domain}", local, behind), (path!.Address, path.LocalPart, rest.ToString()));
            Assert.Equal(domain.Contains('ü', StringComparison.Ordinal), path.NeedsUtf8);
            Assert.True(Ascii.IsValid(path.Domain));
            Assert.True(MailPath.TryParse(path.ToString(), forward: false, out var again, out _));
            Assert.Equal((path.Address, path.Domain, path.LocalPart), (again!.Address, again.Domain, again.LocalPart));
        });

    [Fact]
    public void Whatever_is_taken_as_MAIL_or_RCPT_says_the_same_when_it_is_passed_on_and_is_one_line() => Fuzzing.Run(
        Mess,
        text =>
        {
            if (MailCommand.TryParse($"FROM:{text}", out var mail, out var error))
            {
                Assert.True(MailCommand.TryParse(mail!.ToArgument(), out var again, out _), mail.ToArgument());
                Assert.Equal((mail.ToArgument(), mail.Path.Domain, mail.EightBitMime, mail.SmtpUtf8), (again!.ToArgument(), again.Path.Domain, again.EightBitMime, again.SmtpUtf8));
                Assert.DoesNotContain(mail.ToArgument(), char.IsControl);
            }

            Assert.Equal(mail is null, error is not null);
            if (RcptCommand.TryParse($"TO:{text}", out var rcpt, out error))
            {
                Assert.True(RcptCommand.TryParse(rcpt!.ToArgument(), out var again, out _), rcpt.ToArgument());
                Assert.Equal((rcpt.ToArgument(), rcpt.Path.Domain, rcpt.NeedsUtf8), (again!.ToArgument(), again.Path.Domain, again.NeedsUtf8));
                Assert.DoesNotContain(rcpt.ToArgument(), char.IsControl);
            }

            Assert.Equal(rcpt is null, error is not null);
        },
        few: 20_000);

    // L: a line, B: up to a bare line ending, T: too long and skipped, R: the rest; each with the octets that it took.
    private static List<string> Lines(string[] arriving)
    {
        var (lines, unread, skipping, skipped) = (new List<string>(), new List<byte[]>(), false, "");
        foreach (var piece in arriving)
        {
            unread.Add(Encoding.Latin1.GetBytes(piece));
            for (var reading = true; reading;)
            {
                var before = Segments.Of([.. unread]);
                var rest = before;
                if (skipping)
                {
                    skipping = !LineReader.TrySkipLine(ref rest);
                    skipped += Text(before.Slice(0, before.Length - rest.Length));
                    reading = !skipping;
                    if (reading)
                    {
                        lines.Add("T" + skipped);
                        skipped = "";
                    }
                }
                else
                {
                    var result = LineReader.TryRead(ref rest, 16, out var line);
                    (reading, skipping) = (result != LineResult.Incomplete, result == LineResult.TooLong);
                    var taken = Text(before.Slice(0, before.Length - rest.Length));
                    if (result is LineResult.Line or LineResult.BareLineEnding)
                    {
                        Assert.True(result != LineResult.Line || taken == Text(line) + "\r\n");
                        lines.Add((result == LineResult.Line ? "L" : "B") + taken);
                    }
                }

                unread = rest.IsEmpty ? [] : [rest.ToArray()];
            }
        }

        lines.Add("R" + skipped + string.Concat(unread.Select(Encoding.Latin1.GetString)));
        return lines;

        static string Text(ReadOnlySequence<byte> octets) => Encoding.Latin1.GetString(octets.ToArray());
    }
}
