using System.Text.Json.Nodes;

namespace RelayOperator.TestKit.Cluster.Fields;

/// <summary>How the values at one place of an object merge when several managers apply them.</summary>
public abstract class MergeType
{
    /// <summary>Lists are atomic unless said otherwise; whether a value is one is the value's business.</summary>
    public virtual ListMerge List => ListMerge.Atomic;

    /// <summary>Whether a map or structure changes hands as a whole.</summary>
    public virtual bool IsAtomicMap => false;

    /// <summary>What tells the items of a list-map apart.</summary>
    public virtual IReadOnlyList<string> Keys => [];

    /// <summary>What stands for a key that an item leaves out; null where it may not.</summary>
    public virtual JsonNode? KeyDefault(string key) => null;

    /// <summary>Whether that is a field of a structure, not an entry of a map.</summary>
    public abstract bool IsNamed(string field);

    public abstract MergeType Field(string field);

    public abstract MergeType Item { get; }

    /// <summary>By a step of a field set.</summary>
    public MergeType Below(string step) => step.StartsWith("f:", StringComparison.Ordinal) ? Field(step[2..]) : Item;

    /// <summary>The step that names an item.</summary>
    public string StepOf(JsonNode? item, string path)
    {
        if (List == ListMerge.Set)
        {
            return "v:" + (item?.ToJsonString() ?? "null");
        }
        var key = new JsonObject();
        foreach (var name in Keys.Order(StringComparer.Ordinal))
        {
            var value = item.At(name) ?? KeyDefault(name);
            if (value is null)
            {
                throw RefusalException.BadRequest($"failed to create typed patch object: {path}: element 0: associative list with keys has an element that omits key field \"{name}\" (and doesn't have default value)");
            }
            key[name] = value.DeepClone();
        }
        return "k:" + key.ToJsonString();
    }
}

/// <summary>How a list merges.</summary>
public enum ListMerge
{
    Atomic,
    Set,
    Map,
}
