namespace RelayOperator.Api;

/// <summary>Bounds that the fields of both statuses share.</summary>
internal static class StatusBounds
{
    /// <summary>The largest whole number that every reader of JSON takes for the same one (RFC 8259 §6).</summary>
    public const long Largest = 9007199254740991;

    /// <summary>Most pods or hubs that are counted.</summary>
    public const int Count = 10000;
}
