using System.Text.Json.Nodes;
using RelayOperator.TestKit.Cluster.Kinds;

namespace RelayOperator.TestKit.Cluster.Writing;

/// <summary>What a written object must agree on with the request and with what is stored: kind, name, uid, version. What the server writes itself is put back, and so is the half that the subresource is not about.</summary>
internal static class Identity
{
    private const string NameLetters = "bcdfghjklmnpqrstvwxz2456789";

    private static readonly string[] ServerFields = ["uid", "creationTimestamp", "generation", "deletionTimestamp", "deletionGracePeriodSeconds", "managedFields", "selfLink"];

    public static JsonObject ForCreation(ResourceKind kind, string space, JsonObject body)
    {
        var created = NullFree.Of(body);
        DemandKind(kind, created);
        var metadata = created.Ensure("metadata");
        if (created.ResourceVersion().Length > 0)
        {
            throw RefusalException.BadRequest("resourceVersion should not be set on objects to be created");
        }
        foreach (var field in ServerFields)
        {
            metadata.Remove(field);
        }
        metadata.Remove("resourceVersion");
        DemandSpace(kind, space, metadata);
        if (created.Name().Length == 0)
        {
            var stem = metadata["generateName"].Text() ?? throw RefusalException.Invalid(kind, "", ["metadata.name: Required value: name or generateName is required"]);
            metadata["name"] = stem + Suffix();
        }
        if (kind.HasStatus)
        {
            created.Remove("status");
        }
        return created;
    }

    public static JsonObject ForUpdate(ResourceKind kind, JsonObject before, JsonObject wanted, string subresource)
    {
        DemandKind(kind, wanted);
        var metadata = wanted.Ensure("metadata");
        DemandSpace(kind, before.Namespace(), metadata);
        metadata["name"] ??= before.Name();
        if (wanted.Name() != before.Name())
        {
            throw RefusalException.BadRequest($"the name of the object ({wanted.Name()}) does not match the name on the URL ({before.Name()})");
        }
        if (wanted.Uid().Length > 0 && wanted.Uid() != before.Uid())
        {
            throw RefusalException.Conflict(kind, before.Name(), $"Precondition failed: UID in precondition: {wanted.Uid()}, UID in object meta: {before.Uid()}");
        }
        if (wanted.ResourceVersion().Length == 0 && (kind.IsCustom || kind == BuiltInKinds.Lease))
        {
            throw RefusalException.Invalid(kind, before.Name(), ["metadata.resourceVersion: Invalid value: 0x0: must be specified for an update"]);
        }
        if (wanted.ResourceVersion().Length > 0 && wanted.ResourceVersion() != before.ResourceVersion())
        {
            throw RefusalException.Stale(kind, before.Name());
        }
        foreach (var field in ServerFields)
        {
            metadata.Put(field, before.At("metadata", field)?.DeepClone());
        }
        metadata["resourceVersion"] = before.ResourceVersion();
        if (before.IsLeaving())
        {
            var added = wanted.At("metadata", "finalizers").Texts().Except(before.At("metadata", "finalizers").Texts()).ToList();
            if (added.Count > 0)
            {
                throw RefusalException.Invalid(kind, before.Name(),
                    [$"metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{{{string.Join(", ", added.Select(f => $"\"{f}\""))}}}"]);
            }
        }
        return Half(kind, before, wanted, subresource);
    }

    /// <summary>The configuration without what nobody may apply.</summary>
    public static JsonObject ForApply(ResourceKind kind, string space, string name, JsonObject body, JsonObject? before, string subresource)
    {
        var applied = NullFree.Of(body);
        DemandKind(kind, applied);
        var metadata = applied.Ensure("metadata");
        if (metadata["managedFields"] is JsonArray { Count: > 0 })
        {
            throw RefusalException.BadRequest("metadata.managedFields must be nil");
        }
        if (before is null ? applied.Uid().Length > 0 : applied.Uid().Length > 0 && applied.Uid() != before.Uid())
        {
            throw RefusalException.Conflict(kind, name, $"uid mismatch: the provided object specified uid {applied.Uid()}, and no existing object was found");
        }
        if (applied.ResourceVersion().Length > 0 && applied.ResourceVersion() != before?.ResourceVersion())
        {
            throw RefusalException.Stale(kind, name);
        }
        if (applied.Name() is { Length: > 0 } own && own != name)
        {
            throw RefusalException.BadRequest($"the name of the object ({own}) does not match the name on the URL ({name})");
        }
        DemandSpace(kind, space, metadata);
        metadata["name"] = name;
        foreach (var field in ServerFields.Append("resourceVersion"))
        {
            metadata.Remove(field);
        }
        DemandKnownFields(kind, space, name, applied);
        if (subresource == "status")
        {
            foreach (var field in applied.Select(f => f.Key).Except(["apiVersion", "kind", "metadata", "status"]).ToList())
            {
                applied.Remove(field);
            }
            applied["metadata"] = new JsonObject { ["name"] = name };
        }
        else if (kind.HasStatus)
        {
            applied.Remove("status");
        }
        return applied;
    }

    private static JsonObject Half(ResourceKind kind, JsonObject before, JsonObject wanted, string subresource)
    {
        if (subresource == "status")
        {
            var next = before.Copy();
            next.Put("status", wanted["status"]?.DeepClone());
            return next;
        }
        if (kind.HasStatus)
        {
            wanted.Put("status", before["status"]?.DeepClone());
        }
        return wanted;
    }

    private static void DemandKnownFields(ResourceKind kind, string space, string name, JsonObject applied)
    {
        if (kind.Rules?.Prune(applied.Copy()) is { Count: > 0 } unknown)
        {
            var where = space.Length > 0 ? $"{space}/{name}" : name;
            throw RefusalException.BadRequest($"failed to create typed patch object ({where}; {kind.ApiVersion}, Kind={kind.Kind}): .{unknown[0]}: field not declared in schema");
        }
    }

    private static void DemandKind(ResourceKind kind, JsonObject target)
    {
        // A body may leave both out: the path says them already.
        target["apiVersion"] ??= kind.ApiVersion;
        target["kind"] ??= kind.Kind;
        if (target["apiVersion"].Text() != kind.ApiVersion || target["kind"].Text() != kind.Kind)
        {
            throw RefusalException.BadRequest($"{target["kind"].Text()} in version \"{target["apiVersion"].Text()}\" cannot be handled as a {kind.Kind}: the API version in the data ({target["apiVersion"].Text()}) does not match the expected API version ({kind.ApiVersion})");
        }
    }

    private static void DemandSpace(ResourceKind kind, string space, JsonObject metadata)
    {
        if (!kind.Namespaced)
        {
            metadata.Remove("namespace");
            return;
        }
        if (metadata["namespace"].Text() is { } own && own != space)
        {
            throw RefusalException.BadRequest($"the namespace of the provided object does not match the namespace sent on the request ({own} and {space})");
        }
        metadata["namespace"] = space;
    }

    private static string Suffix() => string.Concat(Guid.NewGuid().ToByteArray().Take(5).Select(b => NameLetters[b % NameLetters.Length]));
}
