using System.Buffers;

namespace RelayOperator.Relay.Sink;

/// <summary>The commands a sink tells apart.</summary>
public enum SinkVerb
{
    Unknown,
    Helo,
    Ehlo,
    Mail,
    Rcpt,
    Data,
    Rset,
    Noop,
    Vrfy,
    Help,
    Quit,
    StartTls,

    /// <summary>A known verb whose argument does not fit it.</summary>
    BadArgument,

    /// <summary>A line that does not end with CRLF.</summary>
    BareLineEnding,
}

/// <summary>Reads one command line; a sink looks at no more of it than its verb and the beginning of its path.</summary>
public static class SinkCommandLine
{
    /// <summary>Longest line that is taken, CRLF included: roomy against RFC 5321 §4.5.3.1.4, for ORCPT and its like.</summary>
    public const int MaxLength = 4096;

    /// <summary>The verb of a line that ends with its LF.</summary>
    public static SinkVerb Parse(in ReadOnlySequence<byte> line)
    {
        Span<byte> start = stackalloc byte[(int)Math.Min(line.Length, 32)];
        line.Slice(0, start.Length).CopyTo(start);
        if (line.Length < 2 || line.Slice(line.Length - 2).FirstSpan[0] != '\r')
        {
            return SinkVerb.BareLineEnding;
        }

        if (line.Length <= start.Length)
        {
            start = start[..^2];
        }

        var space = start.IndexOf((byte)' ');
        var verb = space < 0 ? start : start[..space];
        var argument = space < 0 ? [] : start[(space + 1)..].TrimStart((byte)' ');
        return verb.Length switch
        {
            4 when Is(verb, "EHLO"u8) => argument.IsEmpty ? SinkVerb.BadArgument : SinkVerb.Ehlo,
            4 when Is(verb, "HELO"u8) => argument.IsEmpty ? SinkVerb.BadArgument : SinkVerb.Helo,
            4 when Is(verb, "MAIL"u8) => HasPath(argument, "FROM:"u8) ? SinkVerb.Mail : SinkVerb.BadArgument,
            4 when Is(verb, "RCPT"u8) => HasPath(argument, "TO:"u8) ? SinkVerb.Rcpt : SinkVerb.BadArgument,
            4 when Is(verb, "DATA"u8) => argument.IsEmpty ? SinkVerb.Data : SinkVerb.BadArgument,
            4 when Is(verb, "RSET"u8) => SinkVerb.Rset,
            4 when Is(verb, "NOOP"u8) => SinkVerb.Noop,
            4 when Is(verb, "VRFY"u8) => SinkVerb.Vrfy,
            4 when Is(verb, "HELP"u8) => SinkVerb.Help,
            4 when Is(verb, "QUIT"u8) => SinkVerb.Quit,
            8 when Is(verb, "STARTTLS"u8) => argument.IsEmpty ? SinkVerb.StartTls : SinkVerb.BadArgument,
            _ => SinkVerb.Unknown,
        };
    }

    private static bool Is(ReadOnlySpan<byte> verb, ReadOnlySpan<byte> name) => System.Text.Ascii.EqualsIgnoreCase(verb, name);

    private static bool HasPath(ReadOnlySpan<byte> argument, ReadOnlySpan<byte> keyword) =>
        argument.Length > keyword.Length && Is(argument[..keyword.Length], keyword)
        && argument[keyword.Length..].TrimStart((byte)' ').StartsWith("<"u8);
}
