using System.Security;
using System.Text;

namespace RelayOperator.Api;

/// <summary>The bytes of a file as text: read within a bound, UTF-8, with nothing in it that YAML cannot hold.</summary>
internal static class PoolFileText
{
    private const int MaxBytes = 8 * 1024 * 1024;

    /// <summary>The text, or the reason why there is none.</summary>
    public static (string? Text, ConfigFault? Fault) Read(string path)
    {
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var bytes = new MemoryStream();
            var chunk = new byte[65536];
            for (var read = stream.Read(chunk); read > 0 && bytes.Length <= MaxBytes; read = stream.Read(chunk))
            {
                bytes.Write(chunk, 0, read);
            }

            return Decode(bytes.GetBuffer().AsSpan(0, (int)bytes.Length), path);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            return (null, Whole(path, "no file of that name", "the path of a readable YAML file"));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or SecurityException or ArgumentException or NotSupportedException)
        {
            var found = Directory.Exists(path) ? "a directory" : $"a file that cannot be read ({FoundText.Plain(error.Message)})";
            return (null, Whole(path, found, "the path of a readable YAML file"));
        }
    }

    /// <summary>Decodes bytes; a UTF-8 byte order mark is passed over.</summary>
    public static (string? Text, ConfigFault? Fault) Decode(ReadOnlySpan<byte> bytes, string file)
    {
        if (bytes.Length > MaxBytes)
        {
            return (null, Whole(file, "more than 8 MiB", "at most 8 MiB; split the hubs among several pools"));
        }

        if (bytes is [0xff, 0xfe, ..] or [0xfe, 0xff, ..])
        {
            return (null, Whole(file, "UTF-16", "UTF-8; save the file in that encoding"));
        }

        try
        {
            var start = bytes.StartsWith("\uFEFF"u8) ? 3 : 0;
            var text = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes[start..]);
            return Check(text, file);
        }
        catch (DecoderFallbackException error)
        {
            var line = 1 + bytes[..Math.Clamp(error.Index, 0, bytes.Length)].Count((byte)'\n');
            return (null, new ConfigFault(file, 0, line, "", "", "", "a byte that is not UTF-8", "UTF-8; save the file in that encoding"));
        }
    }

    /// <summary>Judges text that is in memory already.</summary>
    public static (string? Text, ConfigFault? Fault) Check(string text, string file)
    {
        if (text.Length > MaxBytes)
        {
            return (null, Whole(file, "more than 8 MiB", "at most 8 MiB; split the hubs among several pools"));
        }

        // A NUL would end the file in silence for the parser.
        for (var i = 0; i < text.Length; i++)
        {
            if (char.IsControl(text[i]) && text[i] is not ('\t' or '\n' or '\r' or '\u0085'))
            {
                var line = 1 + text.AsSpan(0, i).Count('\n');
                return (null, new ConfigFault(
                    file, 0, line, "", "", "", $"the control character U+{(int)text[i]:X4}", "printable text, tabs and line ends"));
            }
        }

        return (text, null);
    }

    private static ConfigFault Whole(string file, string found, string allowed) => new(file, 0, 0, "", "", "", found, allowed);
}
