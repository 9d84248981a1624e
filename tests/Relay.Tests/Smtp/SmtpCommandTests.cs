using System.Text;
using RelayOperator.Relay.Smtp;
using Xunit;

namespace RelayOperator.Relay.Tests.Smtp;

public sealed class SmtpCommandTests
{
    [Theory]
    [InlineData("HELO a.test", SmtpVerb.Helo, "a.test")]
    [InlineData("ehlo a.test", SmtpVerb.Ehlo, "a.test")]
    [InlineData("Mail FROM:<>", SmtpVerb.Mail, "FROM:<>")]
    [InlineData("rcpt  TO:<a@b.test> ", SmtpVerb.Rcpt, "TO:<a@b.test>")]
    [InlineData("DATA", SmtpVerb.Data, "")]
    [InlineData("BDAT 12 LAST", SmtpVerb.Bdat, "12 LAST")]
    [InlineData("RSET ", SmtpVerb.Rset, "")]
    [InlineData("NOOP what ever", SmtpVerb.Noop, "what ever")]
    [InlineData("VRFY ä", SmtpVerb.Vrfy, "ä")]
    [InlineData("EXPN x", SmtpVerb.Expn, "x")]
    [InlineData("HELP", SmtpVerb.Help, "")]
    [InlineData("QUIT\t", SmtpVerb.Quit, "")]
    [InlineData("starttls", SmtpVerb.StartTls, "")]
    [InlineData("AUTH PLAIN AAA=", SmtpVerb.Auth, "PLAIN AAA=")]
    [InlineData("", SmtpVerb.Unknown, "")]
    [InlineData(" NOOP", SmtpVerb.Unknown, "NOOP")]
    [InlineData("NOOPS", SmtpVerb.Unknown, "")]
    [InlineData("NOÖ", SmtpVerb.Unknown, "")]
    [InlineData("STARTTLX", SmtpVerb.Unknown, "")]
    [InlineData("GET / HTTP/1.1", SmtpVerb.Unknown, "/ HTTP/1.1")]
    public void A_line_is_a_verb_and_its_argument(string line, SmtpVerb verb, string argument) =>
        Assert.Equal(new SmtpCommand(verb, argument, false), SmtpCommand.Parse(Encoding.UTF8.GetBytes(line)));

    [Fact]
    public void A_control_character_anywhere_is_flagged_and_nothing_of_the_argument_kept()
    {
        for (var octet = 0; octet < 256; octet++)
        {
            if (octet is >= 32 and not 127)
            {
                continue;
            }

            byte[] line = [.. "MAIL FROM:<a"u8, (byte)octet, .. "@b.test>"u8];
            Assert.Equal(new SmtpCommand(SmtpVerb.Mail, "", true), SmtpCommand.Parse(line));
            Assert.True(SmtpCommand.Parse([(byte)octet, .. "NOOP"u8]).HasControlCharacters);
        }
    }

    [Theory]
    [InlineData(0xFF)]
    [InlineData(0xC3)]
    [InlineData(0xE4)]
    [InlineData(0x80)]
    public void Broken_UTF_8_is_flagged_too(byte octet)
    {
        byte[] line = [.. "MAIL FROM:<"u8, octet, .. "@b.test>"u8];
        Assert.True(SmtpCommand.Parse(line).HasControlCharacters);
    }

    [Fact]
    public void Only_the_argument_is_allocated()
    {
        var line = "RCPT TO:<someone@example.test>"u8.ToArray();
        _ = SmtpCommand.Parse(line);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var command = SmtpCommand.Parse(line);
        var used = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.InRange(used, 1, 24 + (2 * (command.Argument.Length + 4)));

        before = GC.GetAllocatedBytesForCurrentThread();
        _ = SmtpCommand.Parse("DATA"u8);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }
}
