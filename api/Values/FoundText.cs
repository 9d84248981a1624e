using System.Text;

namespace RelayOperator.Api;

/// <summary>Quotes what a file holds, so that it fits into one line of a log and cannot pass for another one.</summary>
internal static class FoundText
{
    private const int Longest = 80;

    public static string Quote(string value) => $"\"{Escape(value, quoted: true)}\"{Rest(value)}";

    public static string Plain(string value) => Escape(value, quoted: false) + Rest(value);

    private static string Rest(string value) => value.Length > Longest ? $"… ({value.Length} characters)" : "";

    private static string Escape(string value, bool quoted)
    {
        var text = new StringBuilder();
        foreach (var c in value.AsSpan(0, Math.Min(value.Length, Longest)))
        {
            _ = quoted && c is '"' or '\\' ? text.Append('\\').Append(c)
                : char.IsControl(c) || char.IsSurrogate(c) || c is '\u2028' or '\u2029' ? text.Append($"\\u{(int)c:x4}")
                : text.Append(c);
        }

        return text.ToString();
    }
}
