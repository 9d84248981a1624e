using System.Text.Json.Nodes;

namespace RelayOperator.TestKit.Cluster.Fields;

/// <summary>
/// A set of field paths as a tree, in the form that managedFields shows (fieldsV1): <c>f:</c> a field, <c>k:</c> a list
/// item by its keys, <c>v:</c> an item of a set, and <c>.</c> where a node is itself a member besides what lies below it.
/// Never changed once made.
/// </summary>
public sealed class FieldSet
{
    public static readonly FieldSet Empty = new(false, new(StringComparer.Ordinal));

    private readonly SortedDictionary<string, FieldSet> _children;

    private FieldSet(bool isMember, SortedDictionary<string, FieldSet> children)
    {
        IsMember = isMember;
        _children = children;
    }

    public bool IsMember { get; }

    public IReadOnlyDictionary<string, FieldSet> Children => _children;

    public bool IsEmpty => !IsMember && _children.Count == 0;

    /// <summary>What lies below a step; empty where nothing does.</summary>
    public FieldSet Below(string step) => _children.GetValueOrDefault(step, Empty);

    public bool Has(string step) => Below(step).IsMember;

    public static FieldSet Of(bool isMember, IEnumerable<KeyValuePair<string, FieldSet>> children)
    {
        var kept = new SortedDictionary<string, FieldSet>(StringComparer.Ordinal);
        foreach (var (step, below) in children)
        {
            if (!below.IsEmpty)
            {
                kept[step] = below;
            }
        }
        return kept.Count == 0 && !isMember ? Empty : new FieldSet(isMember, kept);
    }

    public FieldSet AsMember() => new(true, _children);

    public FieldSet Union(FieldSet other) => Of(IsMember || other.IsMember, Steps(other).Select(step => KeyValuePair.Create(step, Below(step).Union(other.Below(step)))));

    public FieldSet Except(FieldSet other) => other.IsEmpty
        ? this
        : Of(IsMember && !other.IsMember, _children.Select(c => KeyValuePair.Create(c.Key, c.Value.Except(other.Below(c.Key)))));

    public FieldSet Intersect(FieldSet other) =>
        Of(IsMember && other.IsMember, _children.Select(c => KeyValuePair.Create(c.Key, c.Value.Intersect(other.Below(c.Key)))));

    public bool SameAs(FieldSet other) => IsMember == other.IsMember && _children.Count == other._children.Count
        && _children.All(c => other._children.TryGetValue(c.Key, out var below) && c.Value.SameAs(below));

    /// <summary>Without one top field, or with that one alone.</summary>
    public FieldSet Without(string step) => Of(IsMember, _children.Where(c => c.Key != step));

    public FieldSet Only(string step) => Of(IsMember, _children.Where(c => c.Key == step));

    /// <summary>Fields of structures count as members where something below them does; entries of maps do not.</summary>
    public FieldSet WithNamedFields(MergeType type) => Of(IsMember, _children.Select(c =>
    {
        var below = c.Value.WithNamedFields(type.Below(c.Key));
        return KeyValuePair.Create(c.Key, c.Key.StartsWith("f:", StringComparison.Ordinal) && type.IsNamed(c.Key[2..]) ? below.AsMember() : below);
    }));

    /// <summary>The members as messages write them: <c>.spec.containers[name="a"].image</c>.</summary>
    public IEnumerable<string> Paths(string prefix = "")
    {
        if (IsMember)
        {
            yield return prefix;
        }
        foreach (var (step, below) in _children)
        {
            foreach (var path in below.Paths(prefix + Written(step)))
            {
                yield return path;
            }
        }
    }

    public JsonObject ToJson()
    {
        var json = new JsonObject();
        if (IsMember && _children.Count > 0)
        {
            json["."] = new JsonObject();
        }
        foreach (var (step, below) in _children)
        {
            json[step] = below.ToJson();
        }
        return json;
    }

    public static FieldSet FromJson(JsonNode? json) => FromJson(json as JsonObject ?? [], isRoot: true);

    private static FieldSet FromJson(JsonObject json, bool isRoot) => Of(
        (!isRoot && json.Count == 0) || json.ContainsKey("."),
        json.Where(c => c.Key != ".").Select(c => KeyValuePair.Create(c.Key, FromJson(c.Value as JsonObject ?? [], isRoot: false))));

    private static string Written(string step) => step[..2] switch
    {
        "k:" => "[" + string.Join(',', JsonNode.Parse(step[2..])!.AsObject().Select(key => $"{key.Key}={key.Value?.ToJsonString()}")) + "]",
        "v:" => $"[={step[2..]}]",
        _ => "." + step[2..],
    };

    private IEnumerable<string> Steps(FieldSet other) => _children.Keys.Union(other._children.Keys);
}
