using System.Collections.Immutable;
using RelayOperator.Api.Binding;

namespace RelayOperator.Api;

/// <summary>One SMTP address in front of many hubs.</summary>
[PassedOver("status")]
public sealed record RelayPool
{
    /// <summary>Group and version of both resources.</summary>
    public const string GroupVersion = "relayoperator.io/v1beta1";

    /// <summary>relayoperator.io/v1beta1.</summary>
    [RequiredField, Text(TextFormat.Any, 63)]
    public string ApiVersion { get; init; } = GroupVersion;

    /// <summary>RelayPool.</summary>
    [RequiredField, Text(TextFormat.Any, 63)]
    public string Kind { get; init; } = nameof(RelayPool);

    /// <summary>Name, namespace and labels of the pool.</summary>
    [RequiredField]
    public ObjectMeta Metadata { get; init; } = new();

    /// <summary>What the pool does.</summary>
    [RequiredField]
    public RelayPoolSpec Spec { get; init; } = new();

    /// <summary>Which hubs each route uses, the default one first.</summary>
    public IEnumerable<HubSelection> Selections() => Spec.Routes.Select(route => route.Hubs).Prepend(Spec.Hubs);

    /// <summary>Whether some route uses a hub with these labels.</summary>
    public bool Selects(ImmutableSortedDictionary<string, string> labels) => Selections().Any(selection => selection.Selector.Selects(labels));
}

/// <summary>What a pool does: where it listens, who may relay, which hubs take the mail.</summary>
public sealed record RelayPoolSpec
{
    /// <summary>How the pool names itself to clients and hubs, in the greeting, EHLO and Received lines.</summary>
    [DerivedDefault("`<pool>.<namespace>`"), Text(TextFormat.HostName, 253)]
    public string HeloName { get; init; } = "";

    /// <summary>Mail address that gets what has no other way back. Empty: none.</summary>
    [Text(TextFormat.MailAddress, 320)]
    public string Postmaster { get; init; } = "";

    /// <summary>Number of relay pods. Standalone: ignored.</summary>
    [Bounds(0, 500)]
    public int Replicas { get; init; } = 2;

    /// <summary>Lets a HorizontalPodAutoscaler set the number of pods; leave `replicas` out then. Absent: none. Standalone: ignored.</summary>
    public AutoscalingSpec? Autoscaling { get; init; }

    /// <summary>Where the pool listens.</summary>
    [RequiredField, Items(1, 8), ListMap("name")]
    public ImmutableArray<ListenerSpec> Listeners { get; init; } = [];

    /// <summary>The Service that is the pool's one address. Standalone: ignored.</summary>
    public VipSpec Vip { get; init; } = new();

    /// <summary>Who may reach the pods at network level. Standalone: ignored.</summary>
    public NetworkPolicySpec NetworkPolicy { get; init; } = new();

    /// <summary>Who may relay. The most specific network that holds the client's address decides. Empty: nobody.</summary>
    [Items(0, 128), ListMap("name")]
    public ImmutableArray<AccessRuleSpec> Access { get; init; } = [];

    /// <summary>Hubs of the default route, which takes every recipient that no other route claims.</summary>
    public HubSelection Hubs { get; init; } = new();

    /// <summary>Routes of particular recipient domains; the most specific domain wins.</summary>
    [Items(0, 64), ListMap("name")]
    public ImmutableArray<RouteSpec> Routes { get; init; } = [];

    /// <summary>How one of the available hubs is chosen.</summary>
    public BalancingSpec Balancing { get; init; } = new();

    /// <summary>How hubs are judged.</summary>
    public HealthSpec Health { get; init; } = new();

    /// <summary>When a client hears 250, and what becomes of mail that has to wait.</summary>
    public DeliverySpec Delivery { get; init; } = new();

    /// <summary>Where mail is held that no hub can take. Absent: nowhere; clients are answered 451 then.</summary>
    public SpoolSpec? Spool { get; init; }

    /// <summary>Whether Prometheus is told of the pods by a PodMonitor. Standalone: ignored.</summary>
    public PodMonitorSpec PodMonitor { get; init; } = new();

    /// <summary>Limits of one relay pod.</summary>
    public LimitsSpec Limits { get; init; } = new();

    /// <summary>What the pods look like beyond what the operator decides. Standalone: ignored.</summary>
    public PodTemplateSpec Template { get; init; } = new();
}

/// <summary>Bounds of the HorizontalPodAutoscaler.</summary>
public sealed record AutoscalingSpec
{
    /// <summary>Fewest pods; not above maxReplicas.</summary>
    [Bounds(1, 500)]
    public int MinReplicas { get; init; } = 2;

    /// <summary>Most pods.</summary>
    [RequiredField, Bounds(1, 500)]
    public int MaxReplicas { get; init; }

    /// <summary>Average CPU use, as a percentage of the pods' CPU request, that is aimed at.</summary>
    [Bounds(1, 1000)]
    public int TargetCPUUtilizationPercentage { get; init; } = 60;
}
