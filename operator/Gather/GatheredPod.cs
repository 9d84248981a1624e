namespace RelayOperator.Operator.Gather;

/// <summary>One relay pod, as the cluster shows it, with what it answered.</summary>
public sealed record GatheredPod
{
    public required string Name { get; init; }

    public required string Uid { get; init; }

    public DateTimeOffset Created { get; init; }

    /// <summary>Empty: none yet.</summary>
    public string Ip { get; init; } = "";

    /// <summary>Empty: not placed yet.</summary>
    public string Node { get; init; } = "";

    /// <summary>Zone of the node. Empty: unknown.</summary>
    public string Zone { get; init; } = "";

    /// <summary>Revision of the pod template that the pod was made from.</summary>
    public string TemplateHash { get; init; } = "";

    public bool Ready { get; init; }

    /// <summary>Whether the pod has been told to end.</summary>
    public bool Terminating { get; init; }

    /// <summary>Whether the pod's node no longer reports to the cluster.</summary>
    public bool NodeLost { get; init; }

    /// <summary>What /status answered; null where there was no answer, or one of another pod or pool.</summary>
    public PodAnswer? Answer { get; init; }
}
