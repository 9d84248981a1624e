using System.Collections.Immutable;
using RelayOperator.Operator.Leading;
using RelayOperator.Operator.Watching;

namespace RelayOperator.Operator;

/// <summary>How the operator works, as far as the objects of pools do not depend on it.</summary>
public sealed record OperatorOptions
{
    /// <summary>The namespaces that are served; empty for all.</summary>
    public ImmutableArray<string> Namespaces { get; init; } = [];

    /// <summary>Namespace of the Lease.</summary>
    public required string LeaseNamespace { get; init; }

    /// <summary>This process among the operators.</summary>
    public required string Identity { get; init; }

    public LeaseTimes Lease { get; init; } = new();

    public WatchTimes Watches { get; init; } = new();

    /// <summary>How often it looks whether the API server serves the two resources, as long as it does not.</summary>
    public TimeSpan LookAgain { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How often each pod is asked for its status, and how often at most what only counts is written.</summary>
    public TimeSpan StatusEvery { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Where a pod's status is, by the pod's address.</summary>
    public Func<string, Uri> StatusAddress { get; init; } = ip => new UriBuilder("http", ip, 9025, "/status").Uri;

    /// <summary>Pools whose pods an upgrade replaces at a time.</summary>
    public int MostRollouts { get; init; } = 3;

    /// <summary>How long such a pool may make no progress before the next one has its turn.</summary>
    public TimeSpan RolloutPatience { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Pools that are reconciled at a time.</summary>
    public int Workers { get; init; } = 8;
}
