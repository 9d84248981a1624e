namespace RelayOperator.Relay.Smtp;

/// <summary>Goes through the <c>KEYWORD=value</c> parameters of MAIL and RCPT (RFC 5321 §4.1.1.11).</summary>
public ref struct CommandParameters(ReadOnlySpan<char> text)
{
    private ReadOnlySpan<char> _rest = text.Trim(' ');

    public ReadOnlySpan<char> Keyword { get; private set; }

    /// <summary>What stands behind the equals sign; empty where there is none.</summary>
    public ReadOnlySpan<char> Value { get; private set; }

    public bool HasValue { get; private set; }

    public bool MoveNext()
    {
        if (_rest.IsEmpty)
        {
            return false;
        }

        var end = _rest.IndexOf(' ');
        var word = end < 0 ? _rest : _rest[..end];
        _rest = end < 0 ? default : _rest[end..].TrimStart(' ');
        var equals = word.IndexOf('=');
        HasValue = equals >= 0;
        Keyword = HasValue ? word[..equals] : word;
        Value = HasValue ? word[(equals + 1)..] : default;
        return true;
    }

    public readonly bool Is(string keyword) => Keyword.Equals(keyword, StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether a value is xtext (RFC 3461 §4): printable ASCII with +XX for the rest.</summary>
    public static bool IsXtext(ReadOnlySpan<char> value)
    {
        for (var i = 0; i < value.Length; i++)
        {
            if (value[i] == '+')
            {
                if (i + 2 >= value.Length || !IsUpperHex(value[i + 1]) || !IsUpperHex(value[i + 2]))
                {
                    return false;
                }

                i += 2;
            }
            else if (value[i] is < '!' or > '~' or '=')
            {
                return false;
            }
        }

        return !value.IsEmpty;
    }

    private static bool IsUpperHex(char c) => char.IsAsciiDigit(c) || c is >= 'A' and <= 'F';
}
