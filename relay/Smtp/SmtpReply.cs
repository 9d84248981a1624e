using System.Collections.Immutable;
using System.Text;

namespace RelayOperator.Relay.Smtp;

/// <summary>
/// One SMTP reply, in both directions: what a hub said and what the client hears are the same type, so that a hub's
/// reply passes back untouched. Text lines hold neither CR nor LF nor the enhanced code (RFC 5321 §4.2, RFC 2034).
/// </summary>
public sealed class SmtpReply
{
    private byte[]? _wire;

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

    /// <summary>Code, enhanced code and text on one line, for logs.</summary>
    public override string ToString() =>
        Enhanced.IsPresent ? $"{Code} {Enhanced} {string.Join(" / ", Lines)}" : $"{Code} {string.Join(" / ", Lines)}";

    private byte[] Format()
    {
        var text = new StringBuilder();
        for (var i = 0; i < Lines.Length; i++)
        {
            text.Append(Code).Append(i == Lines.Length - 1 ? ' ' : '-');
            if (Enhanced.IsPresent)
            {
                text.Append(Enhanced.ToString()).Append(' ');
            }

            text.Append(Lines[i]).Append("\r\n");
        }

        return Encoding.UTF8.GetBytes(text.ToString());
    }
}
