using System.Collections.Immutable;

namespace RelayOperator.Operator.Gather;

/// <summary>What a relay pod said about itself.</summary>
public sealed record PodAnswer
{
    /// <summary>Uid of the pool that the pod serves.</summary>
    public string PoolUid { get; init; } = "";

    /// <summary>Uid of the pod that answered: an address may have passed to another one.</summary>
    public string PodUid { get; init; } = "";

    /// <summary>Sequence number of the configuration in force.</summary>
    public long Sequence { get; init; }

    /// <summary>Hash of the configuration in force.</summary>
    public string ConfigHash { get; init; } = "";

    /// <summary>Why a newer configuration was refused; empty where none was.</summary>
    public ImmutableArray<string> ConfigFaults { get; init; } = [];

    /// <summary>Whether the pod knows that it is to be removed.</summary>
    public bool Draining { get; init; }

    /// <summary>Sequence number under which the pod may be removed, with nothing in flight and nothing in its spool; null while it may not.</summary>
    public long? DrainToken { get; init; }

    /// <summary>Transactions in flight.</summary>
    public int InFlight { get; init; }

    /// <summary>What the spool holds; null where there is none.</summary>
    public SpoolAnswer? Spool { get; init; }

    public ImmutableArray<HubAnswer> Hubs { get; init; } = [];

    /// <summary>Addresses of nodes and gateways from which clients came lately, as many as the pod remembers.</summary>
    public ImmutableArray<string> HiddenClients { get; init; } = [];

    /// <summary>Whether another answer says the same, but for where clients came from.</summary>
    public bool SaysTheSameAs(PodAnswer other) =>
        Bare(this) == Bare(other) && ConfigFaults.SequenceEqual(other.ConfigFaults) && Hubs.SequenceEqual(other.Hubs);

    private static PodAnswer Bare(PodAnswer answer) => answer with { ConfigFaults = [], Hubs = [], HiddenClients = [] };
}

/// <summary>What a pod's spool holds.</summary>
/// <param name="Messages">How many messages.</param>
/// <param name="Bytes">Their bytes.</param>
/// <param name="OldestTime">When the oldest came; null for none.</param>
/// <param name="HandOverFault">Why peers do not take it over from a pod that is to go; empty where they do, or nothing has to be.</param>
public sealed record SpoolAnswer(long Messages, long Bytes, DateTimeOffset? OldestTime, string HandOverFault = "");

/// <summary>One address of a hub as a pod sees it; a hub that is looked up in DNS may have several.</summary>
/// <param name="Name">Name of the HubTransport.</param>
/// <param name="Healthy">Whether it takes mail.</param>
/// <param name="Draining">Whether the pod knows that it is to take no new mail.</param>
/// <param name="InFlight">Transactions in flight.</param>
/// <param name="Error">The last error there; empty for none.</param>
public sealed record HubAnswer(string Name, bool Healthy, bool Draining, int InFlight, string Error);
