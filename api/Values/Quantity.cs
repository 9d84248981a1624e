using System.Text.RegularExpressions;

namespace RelayOperator.Api;

/// <summary>Kubernetes quantities, as far as they can be bytes.</summary>
internal static partial class Quantity
{
    public static bool IsBytes(string value) => Form().IsMatch(value) && value.AsSpan().ContainsAnyInRange('1', '9');

    [GeneratedRegex(@"\A[0-9]{1,15}(\.[0-9]{1,9})?(k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei)?\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Form();
}
