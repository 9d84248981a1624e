namespace RelayOperator.Relay.Tools;

/// <summary>
/// One line of what a relay answers to the tools: JSON, one of these fields at a time. The last line says
/// <see cref="End"/> or <see cref="Fault"/>; an answer without is one that was broken off.
/// </summary>
public sealed record QueueLine
{
    /// <summary>A message that was asked for.</summary>
    public QueuedMessage? Message { get; set; }

    /// <summary>Id of a message that is being delivered right now, and was left as it is.</summary>
    public string? Claimed { get; set; }

    /// <summary>Id of which there is no message.</summary>
    public string? Missing { get; set; }

    /// <summary>What could not be done, and why: nothing follows.</summary>
    public string? Fault { get; set; }

    /// <summary>All went well so far: nothing follows.</summary>
    public QueueEnd? End { get; set; }
}
