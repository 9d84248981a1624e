using System.Globalization;
using System.Text.RegularExpressions;

namespace RelayOperator.Api;

/// <summary>Kubernetes quantities, as far as they can be bytes.</summary>
internal static partial class Quantity
{
    public static bool IsBytes(string value) => Form().IsMatch(value) && value.AsSpan().ContainsAnyInRange('1', '9');

    /// <summary>The bytes of a quantity that <see cref="IsBytes"/>; parts of a byte count as one, and what is beyond all disks as the largest number.</summary>
    public static long Bytes(string value)
    {
        var number = value.AsSpan().TrimEnd("kKMGTPEi");
        var suffix = value.AsSpan(number.Length);
        decimal factor = 1;
        for (var power = suffix.IsEmpty ? 0 : "KMGTPE".IndexOf(char.ToUpperInvariant(suffix[0]), StringComparison.Ordinal) + 1; power > 0; power--)
        {
            factor *= suffix.Length == 2 ? 1024 : 1000;
        }

        var count = decimal.Parse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture);
        return count > long.MaxValue / factor ? long.MaxValue : (long)Math.Ceiling(count * factor);
    }

    [GeneratedRegex(@"\A[0-9]{1,15}(\.[0-9]{1,9})?(k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei)?\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Form();
}
