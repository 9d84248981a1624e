using RelayOperator.Api.Checks;
using RelayOperator.Operator.Gather;
using ObjectMeta = RelayOperator.Operator.Cluster.ObjectMeta;

namespace RelayOperator.Operator.Watching;

/// <summary>
/// The terms that objects are found by. Those of labels hold a =, which no name of a Secret does, so that the two do not
/// meet.
/// </summary>
internal static class IndexTerms
{
    public static string Label(string key, string value) => $"{key}={value}";

    public static string Secret(string name) => name;

    /// <summary>One label; nothing where the object lacks it.</summary>
    public static IEnumerable<string> OfLabel(ObjectMeta meta, string key) =>
        meta.Labels.TryGetValue(key, out var value) ? [Label(key, value)] : [];

    /// <summary>A pool is found by one label of each of its selectors, which a hub needs to be selected, and by the Secrets it refers to.</summary>
    public static IEnumerable<string> OfPool(Watched<SeenPool> pool) => pool.Value.Read.Value is { } value
        ? value.Selections().SelectMany(selection => Labels(selection.Selector.MatchLabels).Take(1)).Concat(Secrets(SecretUse.Of(value)))
        : [];

    /// <summary>A hub is found by every label, and by the Secrets it refers to.</summary>
    public static IEnumerable<string> OfHub(Watched<SeenHub> hub) => hub.Value.Read.Value is { } value
        ? Labels(value.Metadata.Labels).Concat(Secrets(SecretUse.Of(value)))
        : [];

    /// <summary>Every one of some labels.</summary>
    public static IEnumerable<string> Labels(IEnumerable<KeyValuePair<string, string>> labels) => labels.Select(label => Label(label.Key, label.Value));

    private static IEnumerable<string> Secrets(IEnumerable<SecretUse> uses) =>
        uses.Select(use => use.Reference?.Name).OfType<string>().Where(name => name.Length > 0).Select(Secret);
}
