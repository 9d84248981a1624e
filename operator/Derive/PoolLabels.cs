using RelayOperator.Operator.Gather;

namespace RelayOperator.Operator.Derive;

/// <summary>
/// Labels of a pool's objects. Selectors cannot be changed later, so they hold the pool's name and nothing that an
/// upgrade brings.
/// </summary>
public static class PoolLabels
{
    /// <summary>The pool's uid: tells an object of this pool from one of an earlier pool of its name.</summary>
    public const string PoolUid = "relayoperator.io/pool-uid";

    /// <summary>The pool's name, on all that belongs to it.</summary>
    public const string Instance = "app.kubernetes.io/instance";

    /// <summary>On an EndpointSlice: the Service that it belongs to.</summary>
    public const string ServiceName = "kubernetes.io/service-name";

    public const string ManagedBy = "app.kubernetes.io/managed-by";

    private const string Operator = "relay-operator";

    /// <summary>What selects the pods, in every object that does.</summary>
    public static Dictionary<string, string> Selector(GatheredPool pool) => new(StringComparer.Ordinal)
    {
        ["app.kubernetes.io/name"] = "relay",
        [Instance] = pool.Pool.Metadata.Name,
    };

    /// <summary>The selector as the scale subresource wants it.</summary>
    public static string SelectorText(GatheredPool pool) =>
        string.Join(',', Selector(pool).Select(label => $"{label.Key}={label.Value}").Order(StringComparer.Ordinal));

    /// <summary>Labels of pods: none that an upgrade of the operator would change, since that would replace the pods.</summary>
    public static Dictionary<string, string> OfPods(GatheredPool pool)
    {
        var labels = new Dictionary<string, string>(pool.Pool.Spec.Template.Labels, StringComparer.Ordinal)
        {
            ["app.kubernetes.io/component"] = "relay",
            ["app.kubernetes.io/part-of"] = Operator,
            [ManagedBy] = Operator,
        };
        return With(labels, Selector(pool));
    }

    /// <summary>Labels of claims, by which the operator finds them: a claim outlives the pool's objects, and may be found by a later pool of its name.</summary>
    public static Dictionary<string, string> OfClaims(GatheredPool pool) =>
        With(new Dictionary<string, string>(StringComparer.Ordinal) { [ManagedBy] = Operator }, Selector(pool));

    /// <summary>Labels of every other object.</summary>
    public static Dictionary<string, string> OfObjects(GatheredPool pool, OperatorSettings settings)
    {
        var labels = new Dictionary<string, string>(settings.Labels, StringComparer.Ordinal)
        {
            ["app.kubernetes.io/component"] = "relay",
            ["app.kubernetes.io/part-of"] = Operator,
            ["app.kubernetes.io/version"] = settings.Version,
            [ManagedBy] = Operator,
            [PoolUid] = pool.Pool.Metadata.Uid,
        };
        return With(labels, Selector(pool));
    }

    private static Dictionary<string, string> With(Dictionary<string, string> labels, Dictionary<string, string> winning)
    {
        foreach (var (key, value) in winning)
        {
            labels[key] = value;
        }

        return labels;
    }
}
