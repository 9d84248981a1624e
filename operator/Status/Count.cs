namespace RelayOperator.Operator.Status;

/// <summary>Counted things in a message.</summary>
internal static class Count
{
    /// <summary>1 pod, 2 pods.</summary>
    public static string Of(long number, string thing) => number == 1 ? $"1 {thing}" : $"{number} {thing}s";
}
