namespace RelayOperator.TestKit;

/// <summary>A message as a hub received it.</summary>
/// <param name="Mail">The MAIL command.</param>
/// <param name="Recipients">The RCPT commands it accepted.</param>
/// <param name="Wire">What came behind DATA, dot-stuffed, up to the final dot.</param>
public sealed record HubMessage(string Mail, IReadOnlyList<string> Recipients, string Wire)
{
    /// <summary>The message itself, dots unstuffed.</summary>
    public string Content => Wire.StartsWith('.') ? Wire[1..].Replace("\r\n.", "\r\n", StringComparison.Ordinal) : Wire.Replace("\r\n.", "\r\n", StringComparison.Ordinal);

    /// <summary>The message without the Received field in front.</summary>
    public string Untraced
    {
        get
        {
            var content = Content;
            var at = 0;
            do
            {
                at = content.IndexOf("\r\n", at, StringComparison.Ordinal) + 2;
            }
            while (at < content.Length && content[at] is ' ' or '\t');
            return content[at..];
        }
    }
}
