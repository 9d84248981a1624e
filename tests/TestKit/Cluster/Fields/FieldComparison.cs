using System.Text.Json.Nodes;

namespace RelayOperator.TestKit.Cluster.Fields;

/// <summary>What lies between two states of an object.</summary>
public sealed record FieldComparison(FieldSet Added, FieldSet Modified, FieldSet Removed)
{
    private static readonly FieldComparison s_none = new(FieldSet.Empty, FieldSet.Empty, FieldSet.Empty);

    public FieldSet Written => Added.Union(Modified);

    public static FieldComparison Of(JsonNode? before, JsonNode? after, MergeType type)
    {
        if (before.Same(after))
        {
            return s_none;
        }
        if (before is null)
        {
            return s_none with { Added = ObjectMerge.FieldsOf(after, type).AsMember() };
        }
        if (after is null)
        {
            return s_none with { Removed = ObjectMerge.FieldsOf(before, type).AsMember() };
        }
        if (before is JsonObject oldMap && after is JsonObject newMap && !type.IsAtomicMap && oldMap.Count + newMap.Count > 0)
        {
            return Join(oldMap.Select(e => e.Key).Union(newMap.Select(e => e.Key))
                .Select(key => ("f:" + key, Of(oldMap[key], newMap[key], type.Field(key)))));
        }
        if (before is JsonArray oldList && after is JsonArray newList && type.List != ListMerge.Atomic)
        {
            var old = ByStep(oldList, type);
            var now = ByStep(newList, type);
            return Join(old.Keys.Union(now.Keys).Select(step => (step, Of(old.GetValueOrDefault(step), now.GetValueOrDefault(step), type.Item))));
        }
        return s_none with { Modified = FieldSet.Empty.AsMember() };
    }

    private static Dictionary<string, JsonNode?> ByStep(JsonArray list, MergeType type)
    {
        var items = new Dictionary<string, JsonNode?>(StringComparer.Ordinal);
        foreach (var item in list)
        {
            items[type.StepOf(item, "")] = item;
        }
        return items;
    }

    private static FieldComparison Join(IEnumerable<(string Step, FieldComparison Found)> below)
    {
        var found = below.ToList();
        return new(Gather(c => c.Added), Gather(c => c.Modified), Gather(c => c.Removed));

        FieldSet Gather(Func<FieldComparison, FieldSet> part) => FieldSet.Of(false, found.Select(f => KeyValuePair.Create(f.Step, part(f.Found))));
    }
}
