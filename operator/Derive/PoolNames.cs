using System.Globalization;
using RelayOperator.Operator.Gather;

namespace RelayOperator.Operator.Derive;

/// <summary>Names that the objects of a pool carry, and the annotations that the operator gives a meaning to.</summary>
public static class PoolNames
{
    /// <summary>Name of the claim in the StatefulSet.</summary>
    public const string Claim = "spool";

    /// <summary>On a pool: nothing of it is changed while this is "true".</summary>
    public const string PausedAnnotation = "relayoperator.io/paused";

    /// <summary>On a pool that is being deleted: it lets go of its spools, with the mail in them, while this is "true".</summary>
    public const string AbandonAnnotation = "relayoperator.io/abandon-spool";

    /// <summary>On a claim: its spool was emptied and sealed; the number of the write that told the pod to leave.</summary>
    public const string DrainedAnnotation = "relayoperator.io/drained";

    /// <summary>On a pool with spools on volumes: it stays until they are empty.</summary>
    public const string Finalizer = "relayoperator.io/spool";

    /// <summary>On the pool's Secret: hash of what is in it.</summary>
    public const string HashAnnotation = "relayoperator.io/config-hash";

    /// <summary>On the pool's Secret: number of the write, higher each time.</summary>
    public const string SequenceAnnotation = "relayoperator.io/sequence";

    /// <summary>On the pool's Secret: the leaving pods as a JSON object, each with the number of the write that first named it.</summary>
    public const string DrainingAnnotation = "relayoperator.io/draining";

    /// <summary>On a pool's workload: which pod template it has, which one waits, and since when pods are replaced.</summary>
    public const string RolloutAnnotation = "relayoperator.io/rollout";

    public static string Config(GatheredPool pool) => $"{pool.Pool.Metadata.Name}-config";

    public static string Headless(GatheredPool pool) => $"{pool.Pool.Metadata.Name}-pods";

    /// <summary>The StatefulSet's pod of an ordinal.</summary>
    public static string Pod(GatheredPool pool, int ordinal) => string.Create(CultureInfo.InvariantCulture, $"{pool.Pool.Metadata.Name}-{ordinal}");

    /// <summary>The ordinal of a StatefulSet's pod; null for the name of another pod.</summary>
    public static int? Ordinal(GatheredPool pool, string pod) =>
        pod.StartsWith($"{pool.Pool.Metadata.Name}-", StringComparison.Ordinal)
        && int.TryParse(pod.AsSpan(pool.Pool.Metadata.Name.Length + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var ordinal)
            ? ordinal
            : null;

    /// <summary>The ordinal of the pod that a claim belongs to; null for the name of another claim.</summary>
    public static int? OrdinalOfClaim(string pool, string claim)
    {
        var stem = $"{Claim}-{pool}-";
        return claim.StartsWith(stem, StringComparison.Ordinal)
            && int.TryParse(claim.AsSpan(stem.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var ordinal)
                ? ordinal
                : null;
    }
}
