using RelayOperator.Relay.Sink;
using Xunit;

namespace RelayOperator.Relay.Tests.Sink;

public sealed class ScriptedReplyTests
{
    [Theory]
    [InlineData("rcpt=450", SinkPhase.Rcpt, "450 4.0.0 As told by --reply", 1)]
    [InlineData("RCPT=550*3", SinkPhase.Rcpt, "550 5.0.0 As told by --reply", 3)]
    [InlineData("dot=550 5.7.1 Not here", SinkPhase.Dot, "550 5.7.1 Not here", 1)]
    [InlineData("dot=\"450 4.3.2 busy\"*10", SinkPhase.Dot, "450 4.3.2 busy", 10)]
    [InlineData("mail=451 try later", SinkPhase.Mail, "451 try later", 1)]
    [InlineData("mail=451 2*2", SinkPhase.Mail, "451 2", 2)]
    [InlineData("mail=451 4.7", SinkPhase.Mail, "451 4.7", 1)]
    [InlineData("banner=421", SinkPhase.Banner, "421 As told by --reply", 1)]
    [InlineData("ehlo=502", SinkPhase.Ehlo, "502 As told by --reply", 1)]
    [InlineData("data=354", SinkPhase.Data, "354 As told by --reply", 1)]
    public void A_reply_is_read_with_its_phase_its_text_and_its_frequency(string text, SinkPhase phase, string reply, int every)
    {
        var scripted = ScriptedReply.Parse(text, out var fault);
        Assert.NotNull(scripted);
        Assert.Equal("", fault);
        Assert.Equal((phase, reply, every), (scripted.Phase, scripted.Reply.ToString(), scripted.Every));
    }

    [Theory]
    [InlineData("")]
    [InlineData("450")]
    [InlineData("=450")]
    [InlineData("rcp=450")]
    [InlineData("3=450")]
    [InlineData("rcpt=")]
    [InlineData("rcpt=45")]
    [InlineData("rcpt=4500")]
    [InlineData("rcpt=650")]
    [InlineData("rcpt=150")]
    [InlineData("rcpt=450*0")]
    [InlineData("rcpt=450*99999999999")]
    [InlineData("rcpt=reset")]
    public void What_is_no_reply_is_named_as_such(string text)
    {
        Assert.Null(ScriptedReply.Parse(text, out var fault));
        Assert.Contains($"'{text}'", fault, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_Nth_is_counted_per_phase_and_the_first_that_is_due_speaks()
    {
        var script = new ReplyScript([Parse("rcpt=450*3"), Parse("rcpt=550*2"), Parse("mail=421")]);
        Assert.Equal([null, 550, 450, 550, null, 450], Enumerable.Range(1, 6).Select(_ => script.Next(SinkPhase.Rcpt)?.Code));
        Assert.Equal(421, script.Next(SinkPhase.Mail)?.Code);
        Assert.Null(script.Next(SinkPhase.Dot));
    }

    private static ScriptedReply Parse(string text) => ScriptedReply.Parse(text, out _)!;
}
