using System.Net;
using System.Text;
using CsCheck;
using RelayOperator.Relay.ProxyProtocol;
using Xunit;

namespace RelayOperator.Relay.Tests.ProxyProtocol;

public sealed class ProxyHeaderTests
{
    public static TheoryData<string, string?> Whole { get; } = new()
    {
        { "PROXY TCP4 10.20.0.7 10.0.0.25 56324 25\r\n", "10.20.0.7" },
        { "PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n", "255.255.255.255" },
        { "PROXY TCP6 fd00::7 fd00::25 0 25\r\n", "fd00::7" },
        { "PROXY TCP6 ffff:f000:f000:f000:f000:f000:f000:f00f ffff:f000:f000:f000:f000:f000:f000:f00f 65535 65535\r\n", "ffff:f000:f000:f000:f000:f000:f000:f00f" },
        { "PROXY TCP6 ::ffff:10.20.0.7 ::ffff:10.0.0.25 1 25\r\n", "10.20.0.7" },
        { "PROXY UNKNOWN\r\n", null },
        { "PROXY UNKNOWN ffff:f...f:ffff ffff:f...f:ffff 65535 65535\r\n", null },
        { Binary(0x21, 0x11, "\x0A\x14\0\x07\x0A\0\0\x19\xDC\x04\0\x19"), "10.20.0.7" },
        { Binary(0x21, 0x11, "\x0A\x14\0\x07\x0A\0\0\x19\xDC\x04\0\x19\x04\0\x03abc\x20\0\0"), "10.20.0.7" },
        { Binary(0x21, 0x21, "\xFD\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x07\xFD\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x19\xDC\x04\0\x19"), "fd00::7" },
        { Binary(0x21, 0x21, "\0\0\0\0\0\0\0\0\0\0\xFF\xFF\x0A\x14\0\x07\xFD\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x19\xDC\x04\0\x19"), "10.20.0.7" },
        { Binary(0x20, 0x00, ""), null },
        { Binary(0x20, 0x11, "\x0A\x14\0\x07\x0A\0\0\x19\xDC\x04\0\x19"), null },
        { Binary(0x21, 0x00, "whatever"), null },
        { Binary(0x21, 0x31, new string('/', 216)), null },
        { Binary(0x21, 0x12, "\x0A\x14\0\x07\x0A\0\0\x19\xDC\x04\0\x19"), null },
        { Binary(0x21, 0x11, "\x0A\x14\0\x07\x0A\0\0\x19\xDC\x04\0\x19" + new string('x', 4096 - 16 - 12)), "10.20.0.7" },
    };

    public static TheoryData<string> Broken { get; } = new()
    {
        "EHLO client.test\r\n", "proxy TCP4 10.20.0.7 10.0.0.25 1 25\r\n", "PROXY  TCP4 10.20.0.7 10.0.0.25 1 25\r\n", "PROXY TCP5 10.20.0.7 10.0.0.25 1 25\r\n",
        "PROXY TCP4 10.20.0.7 10.0.0.25 1\r\n", "PROXY TCP4 10.20.0.7 10.0.0.25 1 25 \r\n", "PROXY TCP4 10.20.0.7 10.0.0.25 1 25\n", "PROXY TCP4 10.20.0 10.0.0.25 1 25\r\n",
        "PROXY TCP4 010.20.0.7 10.0.0.25 1 25\r\n", "PROXY TCP4 0x0a140007 10.0.0.25 1 25\r\n", "PROXY TCP4 fd00::7 fd00::25 1 25\r\n", "PROXY TCP6 10.20.0.7 10.0.0.25 1 25\r\n",
        "PROXY TCP6 fe80::1%eth0 fd00::25 1 25\r\n", "PROXY TCP6 [fd00::7] fd00::25 1 25\r\n", "PROXY TCP4 10.20.0.7 10.0.0.25 65536 25\r\n", "PROXY TCP4 10.20.0.7 10.0.0.25 01 25\r\n",
        "PROXY TCP4 10.20.0.7 10.0.0.25 -1 25\r\n", "PROXY TCP4 10.20.0.7 10.0.0.25 1 25\0\r\n", "PROXY \r\n", "PROXY TCP4 10.20.0.7 10.0.0.\xB2\x35 1 25\r\n",
        "PROXY UNKNOWN " + new string('x', 93) + "\r\n",
        Binary(0x11, 0x11, "\x0A\x14\0\x07\x0A\0\0\x19\xDC\x04\0\x19"), Binary(0x22, 0x11, "\x0A\x14\0\x07\x0A\0\0\x19\xDC\x04\0\x19"), Binary(0x21, 0x11, "\x0A\x14\0\x07\x0A\0\0\x19\xDC\x04\0"),
        Binary(0x21, 0x21, "\x0A\x14\0\x07\x0A\0\0\x19\xDC\x04\0\x19"), Binary(0x21, 0x11, new string('x', 4096 - 16 + 1)),
    };

    [Theory]
    [MemberData(nameof(Whole))]
    public void A_header_is_whole_at_its_last_octet_and_not_before_and_what_follows_is_not_looked_at(string text, string? client)
    {
        var octets = Encoding.Latin1.GetBytes(text);
        for (var length = 0; length < octets.Length; length++)
        {
            Assert.Equal(ProxyParse.Incomplete, ProxyHeader.Parse(octets.AsSpan(0, length), out _));
        }

        foreach (var behind in (string[])["", "E", "EHLO x\r\n", "\n", "\x16\x03\x01", text])
        {
            Assert.Equal(ProxyParse.Complete, ProxyHeader.Parse([.. octets, .. Encoding.Latin1.GetBytes(behind)], out var header));
            Assert.Equal((client, octets.Length), (header.Client?.ToString(), header.Length));
        }
    }

    [Theory]
    [MemberData(nameof(Broken))]
    public void What_is_no_header_is_malformed_whatever_follows(string text)
    {
        var octets = Encoding.Latin1.GetBytes(text);
        Assert.Equal(ProxyParse.Malformed, ProxyHeader.Parse(octets, out _));
        Assert.Equal(ProxyParse.Malformed, ProxyHeader.Parse([.. octets, .. "PROXY TCP4 10.20.0.7 10.0.0.25 1 25\r\n"u8], out _));
    }

    [Fact]
    public void Any_address_that_a_proxy_writes_is_read_as_it_was() =>
        Gen.Select(Gen.Byte.Array[4], Gen.Byte.Array[16], Gen.UShort, Gen.Bool).Sample((four, sixteen, port, isLine) =>
        {
            foreach (var address in (IPAddress[])[new(four), new(sixteen)])
            {
                var family = address.GetAddressBytes().Length == 4 ? "TCP4" : "TCP6";
                byte[] octets = isLine
                    ? Encoding.ASCII.GetBytes($"PROXY {family} {address} {address} {port} {port}\r\n")
                    : Encoding.Latin1.GetBytes(Binary(0x21, family == "TCP4" ? (char)0x11 : (char)0x21, Encoding.Latin1.GetString([.. address.GetAddressBytes(), .. address.GetAddressBytes(), 0, 1, 0, 25])));
                Assert.Equal(ProxyParse.Complete, ProxyHeader.Parse(octets, out var header));
                Assert.Equal(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address, header.Client);
            }
        });

    [Fact]
    public void Whatever_comes_is_judged_the_same_with_more_behind_it_unless_more_was_asked_for() =>
        Gen.Select(Gen.Byte.Array[0, 64], Gen.Int[0, 30], Gen.Bool).Sample((noise, kept, isLine) =>
        {
            var start = isLine ? "PROXY TCP4 10.20.0.7 10.0.0.25 1 25\r\n"u8.ToArray() : Encoding.Latin1.GetBytes(Binary(0x21, 0x11, "\x0A\x14\0\x07\x0A\0\0\x19\xDC\x04\0\x19"));
            byte[] octets = [.. start.AsSpan(0, Math.Min(kept, start.Length)), .. noise];
            var before = ProxyParse.Incomplete;
            for (var length = 0; length <= octets.Length; length++)
            {
                var now = ProxyHeader.Parse(octets.AsSpan(0, length), out var header);
                Assert.True(before == ProxyParse.Incomplete || now == before);
                Assert.True(now != ProxyParse.Complete || header.Length <= length);
                before = now;
            }
        });

    private static string Binary(int command, int family, string rest) =>
        $"\r\n\r\n\0\r\nQUIT\n{(char)command}{(char)family}{(char)(rest.Length >> 8)}{(char)(rest.Length & 255)}{rest}";
}
