using System.Buffers.Binary;
using System.Net;
using System.Text;
using CsCheck;
using RelayOperator.Relay.ProxyProtocol;
using RelayOperator.Relay.Smtp;
using RelayOperator.Relay.Tests.Smtp;
using Xunit;

namespace RelayOperator.Relay.Tests.Fuzz;

/// <summary>What proxies, filters and hubs say.</summary>
public sealed class PeerProperties
{
    private static readonly Gen<IPAddress> Address = Gen.OneOf(
        Gen.Byte.Array[4].Select(octets => new IPAddress(octets)),
        Gen.Byte.Array[16].Select(octets => new IPAddress(octets)),
        Gen.Byte.Array[4].Select(octets => new IPAddress(octets).MapToIPv6()));

    private static readonly Gen<byte[]> ProxyHeaders = Gen.Select(
        Address, Gen.UShort, Gen.Byte.Array[0, 60], Gen.OneOf(1, 2),
        (address, port, extensions, version) => version == 1 ? Line(address, port) : Binary(address, port, extensions));

    [Fact]
    public void A_PROXY_header_is_read_as_it_was_written_whole_and_with_anything_behind_it() => Fuzzing.Run(
        Gen.Select(Address, Gen.UShort, Gen.Byte.Array[0, 60], Gen.Bool, Gen.Byte.Array[0, 20]),
        (address, port, extensions, isLine, behind) =>
        {
            var octets = isLine ? Line(address, port) : Binary(address, port, extensions);
            Assert.Equal(ProxyParse.Complete, ProxyHeader.Parse([.. octets, .. behind], out var header));
            Assert.Equal((address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address, octets.Length), (header.Client, header.Length));
            for (var length = 0; length < octets.Length; length++)
            {
                Assert.Equal(ProxyParse.Incomplete, ProxyHeader.Parse(octets.AsSpan(0, length), out _));
            }
        });

    [Fact]
    public void A_PROXY_header_that_was_tampered_with_is_judged_once_and_for_all() => Fuzzing.Run(
        Gen.Select(ProxyHeaders, Gen.Int[0, 120], Gen.Byte, Gen.OneOf(-1, 0, 1), Gen.Byte.Array[0, 10]),
        (header, at, octet, growth, behind) =>
        {
            at = Math.Min(at, header.Length - 1);
            byte[] octets = [.. header[..at], .. growth < 0 ? [] : growth == 0 ? (byte[])[octet] : [octet, octet], .. header[(at + 1)..], .. behind];
            var before = ProxyParse.Incomplete;
            for (var length = 0; length <= octets.Length; length++)
            {
                var now = ProxyHeader.Parse(octets.AsSpan(0, length), out var read);
                Assert.True(before == ProxyParse.Incomplete || now == before);
                Assert.True(now != ProxyParse.Complete || (read.Length <= length && read.Client is not { IsIPv4MappedToIPv6: true }));
                before = now;
            }
        });

    [Fact]
    public void What_XCLIENT_tells_is_read_as_it_was_written_and_no_mess_tells_a_control_character() => Fuzzing.Run(
        Gen.Select(Address, Gen.Char.Where(c => !char.IsControl(c) && !char.IsSurrogate(c)).Array[1, 60], Fuzzing.Soup(12, "ADDR=", "HELO=", "NAME=", "IPV6:", "::1", "10.0.0.1", "+0A", "+", "=", " ", "[UNAVAILABLE]", "x", "\0")),
        (address, name, mess) =>
        {
            var helo = new string(name);
            var isSix = address.GetAddressBytes().Length == 16;
            Assert.True(XclientCommand.TryParse($"HELO={Xtext(helo)} NAME=x ADDR={(isSix ? "IPV6:" : "")}{address}", out var told));
            Assert.Equal(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address, told!.Client);
            Assert.Equal(Encoding.UTF8.GetByteCount(helo) <= 255 || helo.Length <= 255 ? helo : null, told.Helo);
            Assert.True(!XclientCommand.TryParse(mess, out told) || !(told!.Helo ?? "").Any(char.IsControl));
        });

    [Fact]
    public void A_hubs_reply_is_read_as_it_was_written_and_not_before_its_end() => Fuzzing.Run(
        Gen.Select(Gen.Int[200, 599], Gen.Int[0, 999], Gen.Int[0, 999], Gen.Bool, Gen.Char["ab .-5€<>"].Array[0, 40].Select(text => new string(text)).Array[1, 5]),
        (code, subject, detail, isEnhanced, lines) =>
        {
            var written = new SmtpReply(code, isEnhanced && code / 100 != 3 ? new EnhancedCode(code / 100, subject, detail) : default, [.. lines.Select(line => "t" + line)]);
            byte[] octets = [.. written.Wire.Span, .. "250 next\r\n"u8];
            for (var length = 0; length < octets.Length; length++)
            {
                var status = HubReplyParser.TryParse(octets.AsSpan(0, length), out var reply, out var consumed);
                Assert.Equal(length < written.Wire.Length ? ReplyStatus.Incomplete : ReplyStatus.Reply, status);
                Assert.True(reply is null || (consumed == written.Wire.Length && reply.ToString() == written.ToString()));
            }
        });

    [Fact]
    public void Whatever_a_hub_says_reaches_the_client_as_lines_of_one_code() => Fuzzing.Run(
        Fuzzing.Soup(20, "250", "550", "354", " ", "-", "5.7.1 ", "2.0.0", "\r\n", "\r\n", "\n", "\r", "\0", "text", "\u00c3\u00a4", "\u00ff", "\u0085", new string('x', 300)),
        text =>
        {
            var octets = DataModel.Octets(text);
            var status = HubReplyParser.TryParse(octets, out var reply, out var consumed);
            Assert.Equal((status == ReplyStatus.Reply, status == ReplyStatus.Reply), (reply is not null, consumed > 0));
            if (reply is null)
            {
                return;
            }

            var wire = Encoding.Latin1.GetString(reply.Wire.Span);
            Assert.False(DataModel.HasBareLineEnding(wire, isWhole: true));
            Assert.All(wire.Split("\r\n")[..^1], line => Assert.True(line.Length <= 510 && line.StartsWith(text[..3], StringComparison.Ordinal)));
            Assert.Equal(ReplyStatus.Reply, HubReplyParser.TryParse(reply.Wire.Span, out var again, out consumed));
            Assert.Equal((wire.Length, reply.ToString()), (consumed, again!.ToString()));
        });

    private static byte[] Line(IPAddress address, ushort port)
    {
        var family = address.GetAddressBytes().Length == 4 ? "TCP4" : "TCP6";
        return Encoding.ASCII.GetBytes($"PROXY {family} {address} {address} {port} 25\r\n");
    }

    private static byte[] Binary(IPAddress address, ushort port, byte[] extensions)
    {
        var octets = address.GetAddressBytes();
        byte[] header = [.. "\r\n\r\n\0\r\nQUIT\n"u8, 0x21, octets.Length == 4 ? (byte)0x11 : (byte)0x21, 0, 0, .. octets, .. octets, (byte)(port >> 8), (byte)port, 0, 25, .. extensions];
        BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(14), (ushort)(header.Length - 16));
        return header;
    }

    private static string Xtext(string text) =>
        string.Concat(Encoding.UTF8.GetBytes(text).Select(octet => char.IsAsciiLetterOrDigit((char)octet) ? ((char)octet).ToString() : $"+{octet:X2}"));
}
