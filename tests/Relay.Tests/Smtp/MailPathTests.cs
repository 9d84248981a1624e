using RelayOperator.Relay.Smtp;
using Xunit;

namespace RelayOperator.Relay.Tests.Smtp;

public sealed class MailPathTests
{
    [Theory]
    [InlineData("<a@Bücher.example>", "xn--bcher-kva.example")]
    [InlineData("<ä@b.test>", "b.test")]
    [InlineData("<a@xn--bcher-kva.example>", "xn--bcher-kva.example")]
    public void A_domain_is_matched_in_its_ASCII_form_and_sent_as_it_was_written(string text, string domain)
    {
        Assert.True(MailPath.TryParse(text, forward: true, out var path, out _));
        Assert.Equal(domain, path!.Domain);
        Assert.Equal(text, path.ToString());
    }

    [Theory]
    [InlineData("<a@b.test>", "a@b.test", "a", "b.test")]
    [InlineData("<Some.One+tag@EXAMPLE.Test>", "Some.One+tag@EXAMPLE.Test", "Some.One+tag", "example.test")]
    [InlineData("<a@[192.0.2.1]>", "a@[192.0.2.1]", "a", "[192.0.2.1]")]
    [InlineData("<a@[IPv6:2001:db8::1]>", "a@[IPv6:2001:db8::1]", "a", "[ipv6:2001:db8::1]")]
    [InlineData("<\"a b\"@c.test>", "\"a b\"@c.test", "\"a b\"", "c.test")]
    [InlineData("<\"a>b\"@c.test>", "\"a>b\"@c.test", "\"a>b\"", "c.test")]
    [InlineData("<\"a@b\"@c.test>", "\"a@b\"@c.test", "\"a@b\"", "c.test")]
    [InlineData("<\"a\\\"@x.test>b\"@c.test>", "\"a\\\"@x.test>b\"@c.test", "\"a\\\"@x.test>b\"", "c.test")]
    [InlineData("<\"\"@c.test>", "\"\"@c.test", "\"\"", "c.test")]
    [InlineData("<@one.test:a@b.test>", "a@b.test", "a", "b.test")]
    [InlineData("<@one.test,@[IPv6:2001:db8::1],@two.test:a@b.test>", "a@b.test", "a", "b.test")]
    [InlineData("<a..b.@c.test>", "a..b.@c.test", "a..b.", "c.test")]
    [InlineData("<a/b=c!d%e@f_g.test>", "a/b=c!d%e@f_g.test", "a/b=c!d%e", "f_g.test")]
    public void Paths_are_kept_as_written(string text, string address, string localPart, string domain)
    {
        foreach (var forward in new[] { false, true })
        {
            Assert.True(MailPath.TryParse(text, forward, out var path, out var rest));
            Assert.Equal(address, path!.Address);
            Assert.Equal(localPart, path.LocalPart);
            Assert.Equal(domain, path.Domain);
            Assert.False(path.IsNull);
            Assert.False(path.NeedsUtf8);
            Assert.True(rest.IsEmpty);
        }
    }

    [Fact]
    public void Every_prefix_of_a_path_is_none()
    {
        foreach (var text in new[] { "<@x.test:a@b.test>", "<\"a>\\\"\"@b.test>", "<a@[IPv6:::1]>" })
        {
            for (var length = 0; length < text.Length; length++)
            {
                Assert.False(MailPath.TryParse(text.AsSpan(0, length), true, out _, out _), text[..length]);
            }
        }
    }

    [Theory]
    [InlineData("a@b.test")]
    [InlineData("<a>")]
    [InlineData("<a@>")]
    [InlineData("<@b.test>")]
    [InlineData("<@b.test:>")]
    [InlineData("<@:a@b.test>")]
    [InlineData("<@one.test,two.test:a@b.test>")]
    [InlineData("<@one.test,:a@b.test>")]
    [InlineData("<@any thing:a@b.test>")]
    [InlineData("<@\">\":a@b.test>")]
    [InlineData("<@[1.2.3.4:a@b.test>")]
    [InlineData("<@[1.2.3.4];@x.test:a@b.test>")]
    [InlineData("<a@b@c.test>")]
    [InlineData("<a b@c.test>")]
    [InlineData("<a\"b\"@c.test>")]
    [InlineData("<\"a\"b@c.test>")]
    [InlineData("<\"a\\\"@c.test>")]
    [InlineData("<\"a\tb\"@c.test>")]
    [InlineData("<\"a\r\nb\"@c.test>")]
    [InlineData("<a\u0085b@c.test>")]
    [InlineData("<a@b\u0085c.test>")]
    [InlineData("<a\\>b@c.test>")]
    [InlineData("<a@b..test>")]
    [InlineData("<a@.test>")]
    [InlineData("<a@b.test.>")]
    [InlineData("<a@b test>")]
    [InlineData("<a@b,c>")]
    [InlineData("<a@[]>")]
    [InlineData("<a@[1.2.3.4>")]
    [InlineData("<a@[1.2[3.4]>")]
    [InlineData("<a@[1.2 3.4]>")]
    [InlineData("<a@[ä]>")]
    [InlineData("<<a@b.test>>")]
    [InlineData("< a@b.test>")]
    [InlineData("<a@b.test>SIZE=1")]
    [InlineData("<a@b.test>\tSIZE=1")]
    public void What_is_no_path_is_refused(string text)
    {
        Assert.False(MailPath.TryParse(text, false, out var path, out _));
        Assert.Null(path);
        Assert.False(MailPath.TryParse(text, true, out path, out _));
        Assert.Null(path);
    }

    [Fact]
    public void Only_a_sender_may_be_null()
    {
        Assert.True(MailPath.TryParse("<> SIZE=1", false, out var path, out var rest));
        Assert.True(path!.IsNull);
        Assert.Equal("", path.Domain);
        Assert.Equal("<>", path.ToString());
        Assert.Equal(" SIZE=1", rest.ToString());
        Assert.False(MailPath.TryParse("<>", true, out _, out _));
    }

    [Theory]
    [InlineData("<Postmaster>")]
    [InlineData("<postmaster>")]
    [InlineData("<POSTMASTER>")]
    public void Only_the_recipient_Postmaster_needs_no_domain(string text)
    {
        Assert.True(MailPath.TryParse(text, true, out var path, out _));
        Assert.Equal(text[1..^1], path!.Address);
        Assert.Equal(text[1..^1], path.LocalPart);
        Assert.Equal("", path.Domain);
        Assert.False(path.IsNull);
        Assert.False(MailPath.TryParse(text, false, out _, out _));
    }

    [Theory]
    [InlineData("<ä@b.test>")]
    [InlineData("<a@bücher.test>")]
    [InlineData("<\"ä\"@b.test>")]
    [InlineData("<👍@b.test>")]
    public void Anything_but_ASCII_needs_SMTPUTF8(string text)
    {
        Assert.True(MailPath.TryParse(text, true, out var path, out _));
        Assert.True(path!.NeedsUtf8);
    }

    [Theory]
    [InlineData(64, 'a', true)]
    [InlineData(65, 'a', false)]
    [InlineData(32, 'ä', true)]
    [InlineData(33, 'ä', false)]
    public void A_local_part_has_64_octets_at_most(int length, char letter, bool valid) =>
        Assert.Equal(valid, MailPath.TryParse($"<{new string(letter, length)}@b.test>", true, out _, out _));

    [Theory]
    [InlineData(256, true)]
    [InlineData(257, false)]
    public void A_path_has_256_octets_at_most_with_its_brackets(int octets, bool valid)
    {
        // RFC 5321 §4.5.3.1.3
        var ascii = $"<{new string('a', 60)}@{new string('b', octets - 68)}.test>";
        Assert.Equal(octets, ascii.Length);
        Assert.Equal(valid, MailPath.TryParse(ascii, true, out _, out _));

        var wide = $"<{new string('a', 60)}@{new string('b', octets - 67)}ää>";
        Assert.Equal(octets - 2, wide.Length);
        Assert.Equal(valid, MailPath.TryParse(wide, true, out _, out _));
    }
}
