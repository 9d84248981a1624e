using System.Globalization;

namespace RelayOperator.Relay.Smtp;

/// <summary>BDAT's argument: the chunk's size and whether it is the last (RFC 3030 §2).</summary>
public static class BdatCommand
{
    public static bool TryParse(string argument, out long size, out bool last)
    {
        size = 0;
        var blank = argument.IndexOf(' ', StringComparison.Ordinal);
        var number = blank < 0 ? argument : argument[..blank];
        var word = blank < 0 ? "" : argument[blank..].Trim(' ');
        last = word.Equals("LAST", StringComparison.OrdinalIgnoreCase);
        return (word.Length == 0 || last)
            && number.Length is > 0 and <= 20
            && long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out size);
    }
}
