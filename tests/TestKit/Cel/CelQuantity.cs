using System.Globalization;
using System.Numerics;
using System.Text.RegularExpressions;

namespace RelayOperator.TestKit.Cel;

/// <summary>A Kubernetes quantity, exact: so many thousand-millionths (10⁻⁹).</summary>
public sealed partial record CelQuantity(BigInteger Nanos) : IComparable<CelQuantity>
{
    /// <summary>The quantity; null where the text is none.</summary>
    public static CelQuantity? Parse(string text)
    {
        var match = Form().Match(text);
        if (!match.Success)
        {
            return null;
        }

        var (whole, fraction) = (match.Groups["whole"].Value, match.Groups["fraction"].Value);
        if (whole.Length + fraction.Length == 0)
        {
            return null;
        }

        var digits = BigInteger.Parse($"0{whole}{fraction}", CultureInfo.InvariantCulture);
        var (numerator, denominator) = Scale(match.Groups["suffix"].Value, match.Groups["exponent"].Value);
        var nanos = digits * numerator * 1_000_000_000 / (denominator * BigInteger.Pow(10, fraction.Length));
        return new(match.Groups["sign"].Value == "-" ? -nanos : nanos);
    }

    public int CompareTo(CelQuantity? other) => Nanos.CompareTo(other?.Nanos ?? 0);

    public static bool operator <(CelQuantity left, CelQuantity right) => left.CompareTo(right) < 0;

    public static bool operator >(CelQuantity left, CelQuantity right) => left.CompareTo(right) > 0;

    public static bool operator <=(CelQuantity left, CelQuantity right) => left.CompareTo(right) <= 0;

    public static bool operator >=(CelQuantity left, CelQuantity right) => left.CompareTo(right) >= 0;

    private static (BigInteger Numerator, BigInteger Denominator) Scale(string suffix, string exponent)
    {
        if (exponent.Length > 0)
        {
            var power = int.Parse(exponent, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
            return power < 0 ? (1, BigInteger.Pow(10, -power)) : (BigInteger.Pow(10, power), 1);
        }

        return suffix switch
        {
            "" => (1, 1),
            "n" => (1, 1_000_000_000),
            "u" => (1, 1_000_000),
            "m" => (1, 1000),
            [_, 'i'] => (BigInteger.Pow(1024, 1 + "KMGTPE".IndexOf(suffix[0], StringComparison.Ordinal)), 1),
            _ => (BigInteger.Pow(1000, 1 + "kMGTPE".IndexOf(suffix, StringComparison.Ordinal)), 1),
        };
    }

    [GeneratedRegex(
        @"\A(?<sign>[-+]?)(?<whole>[0-9]*)(\.(?<fraction>[0-9]*))?(([eE](?<exponent>[-+]?[0-9]{1,3}))|(?<suffix>[numkMGTPE]|[KMGTPE]i))?\z",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Form();
}
