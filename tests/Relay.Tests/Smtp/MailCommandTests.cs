using RelayOperator.Relay.Smtp;
using Xunit;

namespace RelayOperator.Relay.Tests.Smtp;

public sealed class MailCommandTests
{
    [Fact]
    public void A_plain_MAIL_asks_for_nothing()
    {
        var mail = Parse("FROM:<a@b.test>");
        Assert.Equal("a@b.test", mail.Path.Address);
        Assert.Equal(-1, mail.Size);
        Assert.False(mail.EightBitMime);
        Assert.False(mail.SmtpUtf8);
        Assert.Equal("", mail.DsnParameters);
    }

    [Fact]
    public void Every_parameter_is_read_in_any_order_and_case()
    {
        var mail = Parse("from: <>  ENVID=a+2Bb ret=hdrs smtputf8 Body=8bitmime  SIZE=12345 ");
        Assert.True(mail.Path.IsNull);
        Assert.Equal(12345, mail.Size);
        Assert.True(mail.EightBitMime);
        Assert.True(mail.SmtpUtf8);
        Assert.Equal(" ENVID=a+2Bb RET=hdrs", mail.DsnParameters);
        Assert.False(Parse("FROM:<> BODY=7BIT").EightBitMime);
        Assert.Equal(0, Parse("FROM:<> SIZE=0").Size);
        Assert.Equal(7, Parse("FROM:<> SIZE=00000000000000000007").Size);
    }

    [Theory]
    [InlineData("<>")]
    [InlineData("e+3Dmc2@example.com")] // RFC 4954 §5.1
    public void Who_submitted_it_is_taken_and_not_vouched_for(string submitter)
    {
        var mail = Parse($"FROM:<e=mc2@example.com> AUTH={submitter} SIZE=1");
        Assert.True(mail.HasSubmitter);
        Assert.Equal("FROM:<e=mc2@example.com> AUTH=<>", mail.ToArgument());
        Assert.True(Parse(mail.ToArgument()).HasSubmitter);
    }

    [Theory]
    [InlineData("FROM:<a@b.test> AUTH", "501 5.5.4")]
    [InlineData("FROM:<a@b.test> AUTH=", "501 5.5.4")]
    [InlineData("FROM:<a@b.test> AUTH=<> AUTH=<>", "555 5.5.4")]
    [InlineData("", "501 5.5.4")]
    [InlineData("<a@b.test>", "501 5.5.4")]
    [InlineData("TO:<a@b.test>", "501 5.5.4")]
    [InlineData("FROM <a@b.test>", "501 5.5.4")]
    [InlineData("FROM:", "501 5.1.7")]
    [InlineData("FROM:a@b.test", "501 5.1.7")]
    [InlineData("FROM:<Postmaster>", "501 5.1.7")]
    [InlineData("FROM:<a@b.test>SIZE=1", "501 5.1.7")]
    [InlineData("FROM:<> WHAT", "555 5.5.4")]
    [InlineData("FROM:<> =", "555 5.5.4")]
    [InlineData("FROM:<> NOTIFY=NEVER", "555 5.5.4")]
    [InlineData("FROM:<> SIZE=1 SIZE=1", "555 5.5.4")]
    [InlineData("FROM:<> SMTPUTF8 SMTPUTF8", "555 5.5.4")]
    [InlineData("FROM:<> SIZE", "501 5.5.4")]
    [InlineData("FROM:<> SIZE=", "501 5.5.4")]
    [InlineData("FROM:<> SIZE=-1", "501 5.5.4")]
    [InlineData("FROM:<> SIZE=+1", "501 5.5.4")]
    [InlineData("FROM:<> SIZE=1.0", "501 5.5.4")]
    [InlineData("FROM:<> SIZE=0x1", "501 5.5.4")]
    [InlineData("FROM:<> SIZE=9223372036854775808", "501 5.5.4")]
    [InlineData("FROM:<> SIZE=000000000000000000001", "501 5.5.4")]
    [InlineData("FROM:<> BODY", "501 5.5.4")]
    [InlineData("FROM:<> BODY=BINARYMIME", "501 5.5.4")]
    [InlineData("FROM:<> SMTPUTF8=", "501 5.5.4")]
    [InlineData("FROM:<> RET=ALL", "501 5.5.4")]
    [InlineData("FROM:<> ENVID=", "501 5.5.4")]
    [InlineData("FROM:<> ENVID=a+2", "501 5.5.4")]
    [InlineData("FROM:<> ENVID=a+2b", "501 5.5.4")]
    [InlineData("FROM:<> ENVID=a=b", "501 5.5.4")]
    [InlineData("FROM:<> ENVID=ä", "501 5.5.4")]
    public void What_is_wrong_is_answered_by_its_kind(string argument, string reply)
    {
        Assert.False(MailCommand.TryParse(argument, out var command, out var error));
        Assert.Null(command);
        Assert.StartsWith(reply, error!.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(100, true)]
    [InlineData(101, false)]
    public void An_envelope_id_has_100_characters_at_most(int length, bool valid) =>
        Assert.Equal(valid, MailCommand.TryParse($"FROM:<> ENVID={new string('x', length)}", out _, out _));

    [Fact]
    public void A_usual_MAIL_costs_a_handful_of_small_objects()
    {
        const string Argument = "FROM:<someone@example.test> SIZE=1000 BODY=8BITMIME";
        _ = Parse(Argument);
        var before = GC.GetAllocatedBytesForCurrentThread();
        _ = MailCommand.TryParse(Argument, out _, out _);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 1, 256);
    }

    private static MailCommand Parse(string argument)
    {
        Assert.True(MailCommand.TryParse(argument, out var command, out var error), argument);
        Assert.Null(error);
        return command!;
    }
}
