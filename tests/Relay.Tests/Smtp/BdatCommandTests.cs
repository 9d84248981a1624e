using RelayOperator.Relay.Smtp;
using Xunit;

namespace RelayOperator.Relay.Tests.Smtp;

public sealed class BdatCommandTests
{
    [Theory]
    [InlineData("0", 0, false)]
    [InlineData("0 LAST", 0, true)]
    [InlineData("86", 86, false)]
    [InlineData("86  last", 86, true)]
    [InlineData("9223372036854775807", long.MaxValue, false)]
    public void A_chunk_has_a_size_and_may_be_the_last(string argument, long expected, bool expectedLast)
    {
        Assert.True(BdatCommand.TryParse(argument, out var size, out var last));
        Assert.Equal(expected, size);
        Assert.Equal(expectedLast, last);
    }

    [Theory]
    [InlineData("")]
    [InlineData("LAST")]
    [InlineData("-1")]
    [InlineData("+1")]
    [InlineData("1.0")]
    [InlineData("0x10")]
    [InlineData("1,000")]
    [InlineData("٣")]
    [InlineData("1 LASTING")]
    [InlineData("1 LAST LAST")]
    [InlineData("1LAST")]
    [InlineData("9223372036854775808")]
    [InlineData("18446744073709551617")]
    [InlineData("99999999999999999999999")]
    public void A_size_that_is_no_plain_decimal_number_is_refused(string argument)
    {
        Assert.False(BdatCommand.TryParse(argument, out var size, out _));
        Assert.Equal(0, size);
    }
}
