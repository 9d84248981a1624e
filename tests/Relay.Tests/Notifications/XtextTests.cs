using RelayOperator.Relay.Notifications;
using Xunit;

namespace RelayOperator.Relay.Tests.Notifications;

public sealed class XtextTests
{
    [Theory]
    [InlineData("QQ314159", "QQ314159")]
    [InlineData("a+2Bb+3Dc", "a+b=c")]
    [InlineData("+C3+A9", "é")]
    [InlineData("a+", "a+")]
    [InlineData("a+2", "a+2")]
    [InlineData("a+ZZb+2B", "a+ZZb+")]
    [InlineData("++2B", "++")]
    [InlineData("+FF", "\ufffd")]
    [InlineData("+0D+0A", "\r\n")]
    [InlineData("", "")]
    public void Escapes_are_taken_off_and_what_is_none_stays(string xtext, string text) =>
        Assert.Equal(text, Xtext.Decode(xtext));

    [Theory]
    [InlineData(@"\x{E9}@\x{4F8B}.test", "é@例.test")]
    [InlineData(@"a\x{5C}b@c.test", @"a\b@c.test")]
    [InlineData(@"a\x{}b", @"a\x{}b")]
    [InlineData(@"a\x{D800}b\x{41}", @"a\x{D800}bA")]
    [InlineData(@"a\x{", @"a\x{")]
    [InlineData(@"a\x{1234567}", @"a\x{1234567}")]
    [InlineData("é@c.test", "é@c.test")]
    public void A_utf8_address_in_ascii_is_read_as_it_was_meant(string escaped, string address) =>
        Assert.Equal(address, Utf8Address.Decode(escaped));

    [Fact]
    public void A_utf8_address_is_written_in_ascii() =>
        Assert.Equal(@"\x{E9}\x{1F4E7}@c.test", Utf8Address.Encode("é📧@c.test"));
}
