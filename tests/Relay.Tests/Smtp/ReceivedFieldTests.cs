using System.Net;
using System.Text;
using RelayOperator.Relay.Smtp;
using Xunit;

namespace RelayOperator.Relay.Tests.Smtp;

public sealed class ReceivedFieldTests
{
    public static ReceivedFacts Facts { get; } = new(
        "client.test", IPAddress.Parse("192.0.2.1"), "relay.test", "uid-1", "ESMTP", "ID1", new DateTimeOffset(2026, 11, 24, 10, 0, 0, TimeSpan.Zero));

    [Fact]
    public void The_field_says_who_to_whom_how_and_when() => Assert.Equal(
        "Received: from client.test ([192.0.2.1])\r\n\tby relay.test (RelayOperator pool uid-1)\r\n\twith ESMTP id ID1;\r\n\tTue, 24 Nov 2026 10:00:00 +0000\r\n",
        Format(Facts));

    [Theory]
    [InlineData("2001:db8::1", "([IPv6:2001:db8::1])")]
    [InlineData("::ffff:192.0.2.1", "([192.0.2.1])")]
    [InlineData("fe80::1%3", "([IPv6:fe80::1])")]
    public void Addresses_are_literals_of_RFC_5321(string address, string literal) =>
        Assert.Contains(literal, Format(Facts with { ClientAddress = IPAddress.Parse(address) }), StringComparison.Ordinal);

    [Fact]
    public void The_time_is_UTC_wherever_the_clock_stands()
    {
        var time = new DateTimeOffset(2026, 3, 1, 1, 30, 0, TimeSpan.FromHours(2));
        Assert.EndsWith("\tSat, 28 Feb 2026 23:30:00 +0000\r\n", Format(Facts with { Time = time }), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "unknown")]
    [InlineData("[192.0.2.9]", "[192.0.2.9]")]
    [InlineData("a (b) c", "a??b??c")]
    [InlineData("a\r\nX-Forged: b", "a??X-Forged:?b")]
    [InlineData("a;\"\\<>\0\u007fä", "a????????")]
    public void What_the_client_calls_itself_cannot_break_out(string helo, string written) =>
        Assert.StartsWith($"Received: from {written} ([192.0.2.1])\r\n", Format(Facts with { HeloArgument = helo }), StringComparison.Ordinal);

    [Fact]
    public void The_longest_field_fits_and_its_lines_stay_within_998()
    {
        var field = Format(Facts with
        {
            HeloArgument = new string('x', 4096),
            ClientAddress = IPAddress.Parse("2001:db8:1111:2222:3333:4444:5555:6666"),
            ByName = new string('y', 255),
            PoolUid = new string('z', 253),
            Protocol = "UTF8SMTPSA",
            Id = new string('0', 64),
        });
        Assert.All(field.Split("\r\n"), line => Assert.InRange(line.Length, 0, 998));
        Assert.StartsWith($"Received: from {new string('x', 255)} (", field, StringComparison.Ordinal);
    }

    private static string Format(ReceivedFacts facts)
    {
        var destination = new byte[ReceivedField.MaxLength];
        return Encoding.UTF8.GetString(destination, 0, ReceivedField.Format(destination, facts));
    }
}
