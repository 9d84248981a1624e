using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace RelayOperator.Relay.Smtp;

/// <summary>
/// One SMTP reply, in both directions: what a hub said and what the client hears are the same type, so that a hub's
/// reply passes back untouched. Text lines hold neither CR nor LF nor the enhanced code (RFC 5321 §4.2, RFC 2034).
/// </summary>
public sealed class SmtpReply
{
    private byte[]? _wire;
    private SmtpReply? _completed;

    public SmtpReply(int code, EnhancedCode enhanced, params ImmutableArray<string> lines)
    {
        Code = code;
        Enhanced = enhanced;
        Lines = lines.IsDefaultOrEmpty ? [""] : lines;
    }

    /// <summary>Shorthand: <c>new(550, 5, 7, 1, "…")</c>.</summary>
    public SmtpReply(int code, int @class, int subject, int detail, string text)
        : this(code, new EnhancedCode(@class, subject, detail), text)
    {
    }

    /// <summary>Three-digit reply code.</summary>
    public int Code { get; }

    /// <summary>Enhanced status code; absent on greetings, EHLO and 3xx replies (RFC 2034 §4).</summary>
    public EnhancedCode Enhanced { get; }

    /// <summary>Text lines, at least one.</summary>
    public ImmutableArray<string> Lines { get; }

    /// <summary>First digit of the code: 2, 3, 4 or 5.</summary>
    public int Class => Code / 100;

    public bool IsPositive => Class == 2;

    public bool IsTransient => Class == 4;

    public bool IsPermanent => Class == 5;

    /// <summary>The reply as bytes on the wire, CRLF included; made once and kept.</summary>
    public ReadOnlyMemory<byte> Wire => _wire ??= Format();

    /// <summary>The same reply with an enhanced code; the last one made is kept, as hubs say the same all day long.</summary>
    public SmtpReply With(EnhancedCode enhanced)
    {
        var completed = _completed;
        return completed is not null && completed.Enhanced == enhanced
            ? completed
            : _completed = new SmtpReply(Code, enhanced, Lines);
    }

    /// <summary>Code, enhanced code and text on one line, for logs.</summary>
    public override string ToString() =>
        Enhanced.IsPresent ? $"{Code} {Enhanced} {string.Join(" / ", Lines)}" : $"{Code} {string.Join(" / ", Lines)}";

    private byte[] Format()
    {
        var prefix = Enhanced.IsPresent ? $"{Enhanced} " : "";
        var length = 0;
        foreach (var line in Lines)
        {
            length += "250 ".Length + prefix.Length + Encoding.UTF8.GetByteCount(line) + "\r\n".Length;
        }

        var wire = new byte[length];
        var rest = wire.AsSpan();
        for (var i = 0; i < Lines.Length; i++)
        {
            _ = Code.TryFormat(rest, out var written, default, CultureInfo.InvariantCulture);
            rest[written++] = i == Lines.Length - 1 ? (byte)' ' : (byte)'-';
            written += Encoding.UTF8.GetBytes(prefix, rest[written..]);
            written += Encoding.UTF8.GetBytes(Lines[i], rest[written..]);
            "\r\n"u8.CopyTo(rest[written..]);
            rest = rest[(written + 2)..];
        }

        return wire;
    }
}
