using System.Text.Json.Nodes;

namespace RelayOperator.TestKit.Cluster.Fields;

/// <summary>Values and field sets together: what a value owns, what merging gives, what taking fields away leaves.</summary>
public static class ObjectMerge
{
    /// <summary>The fields that an applied value owns.</summary>
    public static FieldSet FieldsOf(JsonNode? value, MergeType type, string path = "")
    {
        switch (value)
        {
            case JsonObject map when !type.IsAtomicMap:
                return FieldSet.Of(false, map.Select(entry =>
                {
                    var below = FieldsOf(entry.Value, type.Field(entry.Key), $"{path}.{entry.Key}");
                    var owned = entry.Value is null or JsonObject { Count: 0 } || !type.IsNamed(entry.Key);
                    return KeyValuePair.Create("f:" + entry.Key, owned ? below.AsMember() : below);
                }));
            case JsonArray list when type.List != ListMerge.Atomic:
                return FieldSet.Of(false, list.Select(item => KeyValuePair.Create(type.StepOf(item, path), FieldsOf(item, type.Item, path + "[]").AsMember())));
            default:
                return FieldSet.Empty.AsMember();
        }
    }

    /// <summary>Lays an applied value over the one that is there.</summary>
    public static JsonNode? Merge(JsonNode? live, JsonNode? applied, MergeType type, string path = "")
    {
        if (live is JsonObject liveMap && applied is JsonObject map && !type.IsAtomicMap)
        {
            var merged = liveMap.Copy();
            foreach (var (key, value) in map)
            {
                merged[key] = Merge(liveMap[key], value, type.Field(key), $"{path}.{key}");
            }
            return merged;
        }
        if (live is JsonArray liveList && applied is JsonArray list && type.List != ListMerge.Atomic)
        {
            return MergeLists(liveList, list, type, path);
        }
        return applied?.DeepClone();
    }

    /// <summary>The value without those members, and without what that leaves empty.</summary>
    public static JsonNode? Remove(JsonNode? value, FieldSet fields, MergeType type)
    {
        if (fields.Children.Count == 0)
        {
            return value?.DeepClone();
        }
        if (value is JsonObject map && !type.IsAtomicMap)
        {
            var kept = new JsonObject();
            foreach (var (key, entry) in map)
            {
                var step = "f:" + key;
                if (fields.Has(step))
                {
                    continue;
                }
                var below = fields.Below(step);
                var left = Remove(entry, below, type.Field(key));
                if (left is not null || below.IsEmpty)
                {
                    kept[key] = left;
                }
            }
            return kept.Count > 0 ? kept : null;
        }
        if (value is JsonArray list && type.List != ListMerge.Atomic)
        {
            var kept = list.Select(item => (item, step: type.StepOf(item, "")))
                .Where(i => !fields.Has(i.step))
                .Select(i => Remove(i.item, fields.Below(i.step), type.Item))
                .ToArray();
            return kept.Length > 0 ? new JsonArray(kept) : null;
        }
        return value?.DeepClone();
    }

    /// <summary>Applied items in their order; those of others stand before them, each where it stood.</summary>
    private static JsonArray MergeLists(JsonArray live, JsonArray applied, MergeType type, string path)
    {
        var liveSteps = live.Select(item => type.StepOf(item, path)).ToList();
        var appliedSteps = applied.Select(item => type.StepOf(item, path)).ToList();
        if (appliedSteps.Distinct(StringComparer.Ordinal).Count() != appliedSteps.Count)
        {
            throw RefusalException.BadRequest($"failed to create typed patch object: {path}: duplicate entries for key {appliedSteps.GroupBy(s => s).First(g => g.Count() > 1).Key[2..]}");
        }
        var merged = new JsonArray();
        var next = 0;
        foreach (var (item, step) in applied.Zip(appliedSteps))
        {
            var at = liveSteps.IndexOf(step);
            for (; next < live.Count && !appliedSteps.Contains(liveSteps[next]); next++)
            {
                merged.Add(live[next]?.DeepClone());
            }
            for (; at >= 0 && next < at; next++)
            {
                AddUnlessApplied(next);
            }
            next = Math.Max(next, at + 1);
            merged.Add(at < 0 ? item?.DeepClone() : Merge(live[at], item, type.Item, path + "[]"));
        }
        for (; next < live.Count; next++)
        {
            AddUnlessApplied(next);
        }
        return merged;

        void AddUnlessApplied(int index)
        {
            if (!appliedSteps.Contains(liveSteps[index]))
            {
                merged.Add(live[index]?.DeepClone());
            }
        }
    }
}
