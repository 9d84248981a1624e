using System.Collections.Immutable;
using RelayOperator.Relay.Spool;

namespace RelayOperator.Relay.Tools;

/// <summary>Which messages a tool means, and what is to become of them.</summary>
public sealed record QueueRequest
{
    /// <summary>These alone; empty for all that the filter takes.</summary>
    public ImmutableArray<string> Ids { get; set; } = [];

    public QueueFilter Filter { get; set; } = new();

    /// <summary>So many at most; 0 for all.</summary>
    public int Limit { get; set; }

    /// <summary>What is done to them; null where they are only read.</summary>
    public QueueAction? Action { get; set; }
}
