using System.Text.Json.Nodes;
using RelayOperator.TestKit.Cluster.Kinds;

namespace RelayOperator.TestKit.Cluster.Fields;

/// <summary>
/// Server-side apply and the bookkeeping of who owns which field. An applier owns what it last applied; what it applies no
/// more and nobody else owns is taken away; what somebody else owns with another value is a conflict unless forced.
/// </summary>
public sealed class FieldManagers(ResourceKind kind)
{
    /// <summary>Never owned: identity and what the server writes.</summary>
    private static readonly FieldSet Stripped = FieldSet.FromJson(JsonNode.Parse("""
        {"f:apiVersion":{},"f:kind":{},"f:metadata":{".":{},"f:name":{},"f:namespace":{},"f:generateName":{},"f:creationTimestamp":{},"f:selfLink":{},
         "f:uid":{},"f:generation":{},"f:managedFields":{},"f:resourceVersion":{},"f:deletionTimestamp":{},"f:deletionGracePeriodSeconds":{}}}
        """));

    private readonly MergeType _type = kind.Schema is { } schema ? new CustomMergeType(schema) : new BuiltInMergeType(kind.Kind);

    /// <summary>The object with an applied configuration merged in; its managedFields are those before.</summary>
    /// <param name="live">As it is; an empty object where there is none.</param>
    /// <param name="applied">What the manager wants, which may leave out everything that it has no opinion on.</param>
    /// <param name="by">Who applies; its fields are not looked at.</param>
    /// <param name="force">Take fields from others instead of failing.</param>
    public (JsonObject Merged, IReadOnlyList<ManagedEntry> Entries) Apply(JsonObject live, JsonObject applied, ManagedEntry by, bool force)
    {
        var entries = ManagedEntry.Read(live);
        var last = entries.FirstOrDefault(entry => entry.IsSameOwner(by))?.Fields ?? FieldSet.Empty;
        var wanted = ObjectMerge.FieldsOf(applied, _type);
        var others = entries.Where(entry => !entry.IsSameOwner(by)).ToList();
        var merged = (JsonObject)ObjectMerge.Merge(live, applied, _type)!;
        var kept = (JsonObject)Prune(merged, last, others.Aggregate(wanted, (all, entry) => all.Union(entry.Fields)))!;
        KeepServerFields(merged, kept);

        var changes = FieldComparison.Of(Bare(live), Bare(kept), _type);
        var conflicts = others.Select(entry => (Entry: entry, Fields: entry.Fields.Intersect(changes.Written))).Where(c => !c.Fields.IsEmpty).ToList();
        if (conflicts.Count > 0 && !force)
        {
            throw RefusalException.OwnedByOthers([.. conflicts.SelectMany(c => c.Fields.Paths().Select(path => (NameOf(c.Entry), c.Entry.ApiVersion, path)))]);
        }
        var lost = conflicts.Aggregate(FieldSet.Empty, (all, c) => all.Union(c.Fields)).Union(changes.Removed);
        var own = by with { Fields = Owned(wanted, by.Subresource) };
        return (kept, [.. others.Select(entry => entry with { Fields = entry.Fields.Except(lost) }), own]);
    }

    /// <summary>The entries after a write that was no apply: what changed belongs to the writer.</summary>
    public IReadOnlyList<ManagedEntry> Update(JsonObject? before, JsonObject after, ManagedEntry by)
    {
        var entries = before is null ? [] : ManagedEntry.Read(before);
        var changes = FieldComparison.Of(before is null ? new JsonObject() : Bare(before), Bare(after), _type);
        var written = Owned(changes.Written, by.Subresource);
        var own = entries.FirstOrDefault(entry => entry.IsSameOwner(by));
        return
        [
            .. entries.Where(entry => entry != own).Select(entry => entry with { Fields = entry.Fields.Except(changes.Removed).Except(changes.Modified) }),
            written.IsEmpty && own is not null
                ? own with { Fields = own.Fields.Except(changes.Removed) }
                : by with { Fields = (own?.Fields ?? FieldSet.Empty).Union(written).Except(changes.Removed) },
        ];
    }

    /// <summary>Writes the entries; those whose fields are as they were keep their time, so that nothing changes for nothing.</summary>
    public static void Record(JsonObject? before, JsonObject after, IReadOnlyList<ManagedEntry> entries)
    {
        var old = before is null ? [] : ManagedEntry.Read(before);
        ManagedEntry.Write(after, entries.Select(entry =>
            old.FirstOrDefault(o => o.IsSameOwner(entry) && o.Fields.SameAs(entry.Fields) && o.ApiVersion == entry.ApiVersion) ?? entry));
    }

    private FieldSet Owned(FieldSet fields, string subresource)
    {
        var own = fields.Except(Stripped);
        return !kind.HasStatus ? own : subresource == "status" ? own.Only("f:status") : own.Without("f:status");
    }

    /// <summary>
    /// Takes away what was applied last time, then whatever went with it is given back if somebody owns it, or if it was
    /// never part of what was applied (fields that others or the server put beside it).
    /// </summary>
    private JsonNode? Prune(JsonObject merged, FieldSet last, FieldSet owned)
    {
        if (last.IsEmpty)
        {
            return merged;
        }
        var all = Named(merged);
        var lastNamed = last.WithNamedFields(_type);
        var bare = ObjectMerge.Remove(merged, lastNamed, _type);
        var withOwned = ObjectMerge.Remove(merged, all.Except(Named(bare).Union(owned.WithNamedFields(_type))), _type);
        return ObjectMerge.Remove(merged, all.Except(Named(withOwned)).Intersect(lastNamed), _type);
    }

    private FieldSet Named(JsonNode? value) => value is null ? FieldSet.Empty : ObjectMerge.FieldsOf(value, _type).WithNamedFields(_type);

    /// <summary>The server's own metadata is nobody's, so pruning must not lose it.</summary>
    private static void KeepServerFields(JsonObject from, JsonObject to)
    {
        foreach (var field in new[] { "name", "namespace", "uid", "creationTimestamp", "generation", "resourceVersion", "managedFields", "deletionTimestamp", "deletionGracePeriodSeconds" })
        {
            to.Ensure("metadata").Put(field, from.At("metadata", field)?.DeepClone());
        }
        to.Put("apiVersion", from["apiVersion"]?.DeepClone());
        to.Put("kind", from["kind"]?.DeepClone());
    }

    private static JsonObject Bare(JsonObject source)
    {
        var bare = source.Copy();
        (bare["metadata"] as JsonObject)?.Remove("managedFields");
        return bare;
    }

    private static string NameOf(ManagedEntry entry) => entry.Subresource.Length == 0 ? entry.Manager : $"{entry.Manager}\" with subresource \"{entry.Subresource}";
}
