using System.Globalization;
using RelayOperator.Operator.Gather;

namespace RelayOperator.Operator.Derive;

/// <summary>Names that the objects of a pool carry, and the annotations that the operator gives a meaning to.</summary>
public static class PoolNames
{
    /// <summary>Key of the rendered configuration in the pool's Secret.</summary>
    public const string ConfigKey = "pool.json";

    /// <summary>Name of the claim in the StatefulSet.</summary>
    public const string Claim = "spool";

    /// <summary>On a pool: nothing of it is changed while this is "true".</summary>
    public const string PausedAnnotation = "relayoperator.io/paused";

    /// <summary>On the pool's Secret: hash of what is in it.</summary>
    public const string HashAnnotation = "relayoperator.io/config-hash";

    /// <summary>On the pool's Secret: how often the list of leaving pods has changed.</summary>
    public const string SequenceAnnotation = "relayoperator.io/sequence";

    /// <summary>On the pool's Secret: the leaving pods and their tokens, as a JSON object.</summary>
    public const string DrainingAnnotation = "relayoperator.io/draining";

    public static string Config(GatheredPool pool) => $"{pool.Pool.Metadata.Name}-config";

    public static string Headless(GatheredPool pool) => $"{pool.Pool.Metadata.Name}-pods";

    /// <summary>The StatefulSet's pod of an ordinal.</summary>
    public static string Pod(GatheredPool pool, int ordinal) => string.Create(CultureInfo.InvariantCulture, $"{pool.Pool.Metadata.Name}-{ordinal}");

    /// <summary>The claim of an ordinal's pod.</summary>
    public static string ClaimOf(GatheredPool pool, int ordinal) => $"{Claim}-{Pod(pool, ordinal)}";
}
