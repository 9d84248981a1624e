using System.Collections.Immutable;

namespace RelayOperator.Operator.Status;

/// <summary>The conditions of a pool, in the order in which people read them.</summary>
public static class PoolConditions
{
    public static ImmutableArray<PoolCondition> All { get; } =
    [
        // Can applications send mail to the VIP?
        new("Ready", ReadyCondition.Of),

        // Is the operator, or a controller behind it, still at work on the pods?
        new("Progressing", ProgressingCondition.Of),

        // Has every route a hub that takes mail?
        new("HubsAvailable", HubsAvailableCondition.Of),

        // Do all pods run with what stands in the pool, its hubs and their Secrets?
        new("ConfigApplied", ConfigAppliedCondition.Of),

        // While pods leave: are they empty?
        new("Drained", DrainedCondition.Of),

        // The rest is there only when true, since each is a warning.
        // The relay cannot tell clients apart, and denies those that it should know.
        new("ClientAddressHidden", ClientAddressHiddenCondition.Of),

        // More pods than a hub allows connections, or messages a minute, for all of them.
        new("HubsOvercommitted", HubsOvercommittedCondition.Of),

        // One pod, node or hub stands between the applications and no service.
        new("NoRedundancy", NoRedundancyCondition.Of),

        // An object of somebody else has a name that the pool needs.
        new("NameConflict", NameConflictCondition.Of),

        // Mail lies in a spool whose node is lost.
        new("SpoolUnreachable", SpoolUnreachableCondition.Of),

        // Prometheus does not learn of the pods, though it should.
        new("PodMonitorMissing", PodMonitorMissingCondition.Of),

        // Somebody asked the operator to keep its hands off.
        new("Paused", PausedCondition.Of),
    ];
}
