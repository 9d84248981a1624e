using RelayOperator.Relay.Notifications;
using RelayOperator.Relay.Smtp;
using Xunit;

namespace RelayOperator.Relay.Tests.Notifications;

/// <summary>What the two commands keep of a client's wishes is read as the client meant it.</summary>
public sealed class DsnParameterTests
{
    [Theory]
    [InlineData("", NotifyWhen.Unspecified)]
    [InlineData(" NOTIFY=NEVER", NotifyWhen.Never)]
    [InlineData(" notify=never", NotifyWhen.Never)]
    [InlineData(" NOTIFY=SUCCESS,Delay", NotifyWhen.Success | NotifyWhen.Delay)]
    [InlineData(" NOTIFY=FAILURE", NotifyWhen.Failure)]
    [InlineData(" ORCPT=rfc822;NOTIFY NOTIFY=delay,failure,success", NotifyWhen.Success | NotifyWhen.Delay | NotifyWhen.Failure)]
    public void Notify_is_read_from_the_command(string parameters, NotifyWhen expected) =>
        Assert.Equal(expected, RecipientDsn.Parse(Rcpt(parameters).DsnParameters).Notify);

    [Theory]
    [InlineData("", "", "")]
    [InlineData(" ORCPT=rfc822;Bob+2Bx@b.test NOTIFY=NEVER", "rfc822", "Bob+x@b.test")]
    [InlineData(@" ORCPT=utf-8;\x{E9}@b.test", "utf-8", @"\x{E9}@b.test")]
    [InlineData(" ORCPT=UTF-8;é@b.test", "UTF-8", "é@b.test")]
    [InlineData(" ORCPT=x400;a;b", "x400", "a;b")]
    public void Orcpt_is_read_from_the_command(string parameters, string type, string address)
    {
        var dsn = RecipientDsn.Parse(Rcpt(parameters).DsnParameters);
        Assert.Equal((type, address), (dsn.OriginalType, dsn.OriginalAddress));
    }

    [Theory]
    [InlineData("", false, "")]
    [InlineData(" RET=FULL", true, "")]
    [InlineData(" ret=hdrs envid=QQ+2B1", false, "QQ+1")]
    [InlineData(" ENVID=a SIZE=9 RET=full", true, "a")]
    public void Ret_and_envid_are_read_from_the_command(string parameters, bool full, string id)
    {
        Assert.True(MailCommand.TryParse($"FROM:<a@b.test>{parameters}", out var mail, out _));
        Assert.Equal(new EnvelopeDsn(full, id), EnvelopeDsn.Parse(mail!.DsnParameters));
    }

    [Theory]
    [InlineData(" NOTIFY= ORCPT=; X NOTIFY")]
    [InlineData("=")]
    public void What_no_client_could_say_asks_for_nothing(string parameters)
    {
        Assert.Equal(RecipientDsn.None, RecipientDsn.Parse(parameters));
        Assert.Equal(EnvelopeDsn.None, EnvelopeDsn.Parse(parameters));
    }

    private static RcptCommand Rcpt(string parameters)
    {
        Assert.True(RcptCommand.TryParse($"TO:<b@b.test>{parameters}", out var command, out _));
        return command!;
    }
}
