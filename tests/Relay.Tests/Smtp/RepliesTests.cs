using System.Reflection;
using System.Text;
using RelayOperator.Relay.Smtp;
using Xunit;

namespace RelayOperator.Relay.Tests.Smtp;

public sealed class RepliesTests
{
    [Fact]
    public void Every_reply_of_the_relay_is_well_formed()
    {
        var replies = typeof(Replies).GetFields(BindingFlags.Public | BindingFlags.Static)
            .Select(field => (field.Name, Reply: (SmtpReply)field.GetValue(null)!)).ToArray();
        Assert.NotEmpty(replies);
        Assert.All(replies, pair =>
        {
            var wire = Encoding.UTF8.GetString(pair.Reply.Wire.Span);
            Assert.Equal($"{pair.Reply}\r\n", wire);
            Assert.InRange(wire.Length, 5, 512);
            // The class is the reply's, and 3xx has none (RFC 2034 §4).
            Assert.Equal(pair.Reply.Class == 3 ? 0 : pair.Reply.Class, pair.Reply.Enhanced.Class);
            Assert.DoesNotContain('\n', wire[..^2]);
        });
    }

    [Fact]
    public void A_reply_of_several_lines_has_its_codes_on_each()
    {
        var reply = new SmtpReply(550, new EnhancedCode(5, 7, 1), "one", "", "ä");
        Assert.Equal("550-5.7.1 one\r\n550-5.7.1 \r\n550 5.7.1 ä\r\n", Encoding.UTF8.GetString(reply.Wire.Span));
        Assert.Equal("220 \r\n", Encoding.UTF8.GetString(new SmtpReply(220, default).Wire.Span));
    }
}
