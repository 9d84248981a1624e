using System.Diagnostics.CodeAnalysis;

namespace RelayOperator.Relay.Spool;

/// <summary>
/// A message's id: the thirteen characters of its transaction (see TransactionIds) and, losslessly, the number that is
/// its key in a store. Ids of one relay ascend with time. Numbers are positive until the year 2109.
/// </summary>
public readonly record struct SpoolId(long Number)
{
    private const string Alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    private const int Length = 13;

    /// <summary>When it was made, to the millisecond.</summary>
    public DateTimeOffset MadeAt => DateTimeOffset.FromUnixTimeMilliseconds(Number >> 21);

    /// <summary>Reads an id as it stands in replies and logs; false for anything else.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out SpoolId id)
    {
        id = default;
        if (text is not { Length: Length })
        {
            return false;
        }

        UInt128 value = 0;
        foreach (var c in text)
        {
            var digit = Alphabet.IndexOf(char.ToUpperInvariant(c), StringComparison.Ordinal);
            if (digit < 0)
            {
                return false;
            }

            value = (value << 5) | (uint)digit;
        }

        if (value > long.MaxValue)
        {
            return false;
        }

        id = new SpoolId((long)value);
        return true;
    }

    /// <summary>Reads an id of the relay's own making.</summary>
    public static SpoolId Parse(string text) =>
        TryParse(text, out var id) ? id : throw new FormatException($"'{text}' is no id of a message.");

    public override string ToString() => string.Create(Length, Number, static (text, value) =>
    {
        for (var i = Length - 1; i >= 0; i--, value >>= 5)
        {
            text[i] = Alphabet[(int)(value & 31)];
        }
    });
}
