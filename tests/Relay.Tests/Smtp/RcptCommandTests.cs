using RelayOperator.Relay.Smtp;
using Xunit;

namespace RelayOperator.Relay.Tests.Smtp;

public sealed class RcptCommandTests
{
    [Theory]
    [InlineData("TO:<a@b.test>", "a@b.test", "")]
    [InlineData("to: <Postmaster> ", "Postmaster", "")]
    [InlineData("TO:<a@b.test> NOTIFY=NEVER", "a@b.test", " NOTIFY=NEVER")]
    [InlineData("TO:<a@b.test> notify=success,DELAY,failure", "a@b.test", " notify=success,DELAY,failure")]
    [InlineData("TO:<a@b.test>  ORCPT=rfc822;a+2Bc@b.test  NOTIFY=DELAY", "a@b.test", " ORCPT=rfc822;a+2Bc@b.test NOTIFY=DELAY")]
    [InlineData("TO:<a@b.test> ORCPT=utf-8;\\x{E4}@b.test", "a@b.test", " ORCPT=utf-8;\\x{E4}@b.test")]
    public void A_recipient_is_read_with_its_wishes(string argument, string address, string dsn)
    {
        Assert.True(RcptCommand.TryParse(argument, out var command, out var error));
        Assert.Null(error);
        Assert.Equal(address, command!.Path.Address);
        Assert.Equal(dsn, command.DsnParameters);
        Assert.False(command.NeedsUtf8);
    }

    [Theory]
    [InlineData("TO:<ä@b.test>")]
    [InlineData("TO:<a@b.test> ORCPT=utf-8;ä@b.test")]
    public void Anything_but_ASCII_needs_SMTPUTF8(string argument)
    {
        Assert.True(RcptCommand.TryParse(argument, out var command, out _));
        Assert.True(command!.NeedsUtf8);
    }

    [Theory]
    [InlineData("", "501 5.5.4")]
    [InlineData("FROM:<a@b.test>", "501 5.5.4")]
    [InlineData("TO:", "501 5.1.3")]
    [InlineData("TO:<>", "501 5.1.3")]
    [InlineData("TO:<a>", "501 5.1.3")]
    [InlineData("TO:a@b.test", "501 5.1.3")]
    [InlineData("TO:<a@b.test> SIZE=1", "555 5.5.4")]
    [InlineData("TO:<a@b.test> NOTIFY=NEVER NOTIFY=NEVER", "555 5.5.4")]
    [InlineData("TO:<a@b.test> ORCPT=rfc822;a ORCPT=rfc822;b", "555 5.5.4")]
    [InlineData("TO:<a@b.test> NOTIFY", "501 5.5.4")]
    [InlineData("TO:<a@b.test> NOTIFY=", "501 5.5.4")]
    [InlineData("TO:<a@b.test> NOTIFY=NEVER,DELAY", "501 5.5.4")]
    [InlineData("TO:<a@b.test> NOTIFY=DELAY,DELAY", "501 5.5.4")]
    [InlineData("TO:<a@b.test> NOTIFY=DELAY,", "501 5.5.4")]
    [InlineData("TO:<a@b.test> NOTIFY=ALWAYS", "501 5.5.4")]
    [InlineData("TO:<a@b.test> ORCPT=a@b.test", "501 5.5.4")]
    [InlineData("TO:<a@b.test> ORCPT=;a@b.test", "501 5.5.4")]
    [InlineData("TO:<a@b.test> ORCPT=rfc822;", "501 5.5.4")]
    [InlineData("TO:<a@b.test> ORCPT=rfc 822;a", "501 5.5.4")]
    [InlineData("TO:<a@b.test> ORCPT=rfc822;ä@b.test", "501 5.5.4")]
    [InlineData("TO:<a@b.test> ORCPT=utf-8;ä=b", "501 5.5.4")]
    [InlineData("TO:<a@b.test> ORCPT=utf-8;ä\u0085", "501 5.5.4")]
    public void What_is_wrong_is_answered_by_its_kind(string argument, string reply)
    {
        Assert.False(RcptCommand.TryParse(argument, out var command, out var error));
        Assert.Null(command);
        Assert.StartsWith(reply, error!.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(493, true)]
    [InlineData(494, false)]
    public void An_original_recipient_has_500_characters_at_most(int length, bool valid) =>
        Assert.Equal(valid, RcptCommand.TryParse($"TO:<a@b.test> ORCPT=rfc822;{new string('x', length)}", out _, out _));

    [Fact]
    public void A_usual_RCPT_costs_a_handful_of_small_objects()
    {
        const string Argument = "TO:<someone@example.test>";
        _ = RcptCommand.TryParse(Argument, out _, out _);
        var before = GC.GetAllocatedBytesForCurrentThread();
        _ = RcptCommand.TryParse(Argument, out _, out _);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 1, 256);
    }
}
