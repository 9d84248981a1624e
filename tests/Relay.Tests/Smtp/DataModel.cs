using System.Text;
using RelayOperator.Api.Config;
using RelayOperator.Relay.Smtp;

namespace RelayOperator.Relay.Tests.Smtp;

/// <summary>
/// What DATA and BDAT mean, said as simply as can be: whole input, strings, one rule after the other. The decoders have
/// to agree with it. Octets are Latin-1 characters.
/// </summary>
public sealed record DataModel(DataStatus Status, int Consumed, string Wire, long ContentBytes)
{
    public static DataModel OfData(string input, BareLineEndings mode)
    {
        // RFC 5321 §4.1.1.4: only <CRLF>.<CRLF> ends it; the first CRLF may be the one of the DATA command.
        var end = ("\r\n" + input).IndexOf("\r\n.\r\n", StringComparison.Ordinal);
        var data = end < 0 ? input : input[..end];
        if (mode == BareLineEndings.Reject && HasBareLineEnding(data, isWhole: end >= 0))
        {
            return new(DataStatus.BareLineEnding, 0, "", 0);
        }

        if (end < 0)
        {
            return new(DataStatus.NeedMore, input.Length, "", 0);
        }

        var lines = data.Split("\r\n").Select(line => line.StartsWith('.') ? line[1..] : line);
        var content = string.Join("\r\n", lines);
        content = mode == BareLineEndings.Reject ? content : Normalise(content);
        // Reject passes on what the client wrote, a line that begins with a dot of its own too.
        var wire = mode == BareLineEndings.Reject ? data : Stuff(content);
        return new(DataStatus.End, end + ".\r\n".Length, wire, content.Length);
    }

    public static DataModel OfChunks(string input, BareLineEndings mode)
    {
        if (mode == BareLineEndings.Reject && HasBareLineEnding(input, isWhole: true))
        {
            return new(DataStatus.BareLineEnding, 0, "", 0);
        }

        var content = mode == BareLineEndings.Reject ? input : Normalise(input);
        content += content.Length == 0 || content.EndsWith("\r\n", StringComparison.Ordinal) ? "" : "\r\n";
        return new(DataStatus.NeedMore, input.Length, Stuff(content), content.Length);
    }

    public static string Stuff(string content) => content.Length == 0 || content[0] != '.'
        ? content.Replace("\r\n.", "\r\n..", StringComparison.Ordinal)
        : "." + content.Replace("\r\n.", "\r\n..", StringComparison.Ordinal);

    public static string Unstuff(string wire) => ("\r\n" + wire).Replace("\r\n.", "\r\n", StringComparison.Ordinal)[2..];

    public static byte[] Octets(string text) => Encoding.Latin1.GetBytes(text);

    // A CR at the end of what is not yet whole may still become CRLF.
    public static bool HasBareLineEnding(string text, bool isWhole)
    {
        var rest = text.Replace("\r\n", "", StringComparison.Ordinal);
        return rest.Contains('\n', StringComparison.Ordinal)
            || (isWhole || !rest.EndsWith('\r') ? rest : rest[..^1]).Contains('\r', StringComparison.Ordinal)
            || (!text.EndsWith('\r') && rest.EndsWith('\r'));
    }

    private static string Normalise(string text) => text
        .Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n').Replace("\n", "\r\n", StringComparison.Ordinal)
        .Replace("\0", "", StringComparison.Ordinal);
}
