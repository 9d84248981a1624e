using System.Text.Json.Nodes;
using RelayOperator.TestKit.Cluster.Access;
using RelayOperator.TestKit.Cluster.Admission;
using RelayOperator.TestKit.Cluster.Fields;
using RelayOperator.TestKit.Cluster.Kinds;
using RelayOperator.TestKit.Cluster.Store;
using RelayOperator.TestKit.Cluster.Workloads;

namespace RelayOperator.TestKit.Cluster.Writing;

/// <summary>Creates, updates and applies: each write is read, judged and stored in one step, as if nobody else were there.</summary>
public sealed class ObjectWriter(ResourceStore store, KindRegistry kinds, RbacAuthorizer authorizer, TimeProvider time)
{
    /// <summary>What every write must pass.</summary>
    public WriteAdmission Admission { get; } = new(store, kinds, authorizer);

    /// <summary>Stores a new object; a name is made where only generateName is given.</summary>
    public WriteResult Create(ResourceKind kind, string space, JsonObject body, WriteOptions options)
    {
        lock (store.Gate)
        {
            var created = Identity.ForCreation(kind, space, body);
            return Insert(kind, space, created, options, target => new FieldManagers(kind).Update(null, target, Entry(kind, "Update", options)));
        }
    }

    /// <summary>Changes an object that exists: a PUT, a patch or a controller's write.</summary>
    /// <param name="kind">Of the object.</param>
    /// <param name="space">Empty for objects of the cluster.</param>
    /// <param name="name">Of the object.</param>
    /// <param name="change">Gets a copy of the object and gives back what it should be.</param>
    /// <param name="options">Who writes, and how.</param>
    public WriteResult Update(ResourceKind kind, string space, string name, Func<JsonObject, JsonObject> change, WriteOptions options)
    {
        lock (store.Gate)
        {
            var before = store.Get(kind, space, name) ?? throw RefusalException.NotFound(kind, name);
            var wanted = NullFree.Of(change(before.Json.Copy()));
            var next = Identity.ForUpdate(kind, before.Json, wanted, options.Subresource);
            return Replace(kind, before, next, options, target => new FieldManagers(kind).Update(before.Json, target, Entry(kind, "Update", options)));
        }
    }

    /// <summary>Server-side apply: creates what is missing, merges into what is there.</summary>
    public WriteResult Apply(ResourceKind kind, string space, string name, JsonObject body, WriteOptions options)
    {
        lock (store.Gate)
        {
            var before = store.Get(kind, space, name);
            var applied = Identity.ForApply(kind, space, name, body, before?.Json, options.Subresource);
            var entry = Entry(kind, "Apply", options);
            var fields = new FieldManagers(kind);
            if (before is null)
            {
                if (options.Subresource.Length > 0)
                {
                    throw RefusalException.NotFound(kind, name);
                }
                var created = Identity.ForCreation(kind, space, applied);
                return Insert(kind, space, created, options, _ => fields.Apply([], applied, entry, force: true).Entries);
            }
            var (merged, entries) = fields.Apply(before.Json, applied, entry, options.Force);
            var next = Identity.ForUpdate(kind, before.Json, merged, options.Subresource);
            return Replace(kind, before, next, options, _ => entries);
        }
    }

    private WriteResult Insert(ResourceKind kind, string space, JsonObject created, WriteOptions options, Func<JsonObject, IReadOnlyList<ManagedEntry>> owners)
    {
        var name = created.Name();
        DemandSpace(kind, space, name);
        if (store.Get(kind, space, name) is not null)
        {
            throw RefusalException.AlreadyExists(kind, name);
        }
        var metadata = created.Ensure("metadata");
        metadata["uid"] = Guid.NewGuid().ToString();
        metadata["creationTimestamp"] = Timestamp.Of(time);
        if (kind.CountsGenerations)
        {
            metadata["generation"] = 1;
        }
        var warnings = Admission.Admit(kind, created, null, options);
        FieldManagers.Record(null, created, owners(created));
        return new WriteResult(options.DryRun ? Unstored(created) : store.Put(kind, created), true, warnings);
    }

    private WriteResult Replace(ResourceKind kind, StoredObject before, JsonObject next, WriteOptions options, Func<JsonObject, IReadOnlyList<ManagedEntry>> owners)
    {
        var warnings = Admission.Admit(kind, next, before.Json, options);
        if (kind.CountsGenerations && !Wanted(kind, next).Same(Wanted(kind, before.Json)))
        {
            next.Ensure("metadata")["generation"] = before.Json.Generation() + 1;
        }
        FieldManagers.Record(before.Json, next, owners(next));
        // What changes nothing is not stored: no new resourceVersion, no event.
        if (new StoredObject(next).Json.Same(before.Json))
        {
            return new WriteResult(before, false, warnings);
        }
        if (options.DryRun)
        {
            return new WriteResult(Unstored(next), false, warnings);
        }
        var stored = store.Put(kind, next);
        return new WriteResult(Leaving.IsFinished(stored.Json) ? store.Remove(kind, stored.Namespace, stored.Name)! : stored, false, warnings);
    }

    private void DemandSpace(ResourceKind kind, string space, string name)
    {
        if (!kind.Namespaced)
        {
            return;
        }
        var home = store.Get(BuiltInKinds.Namespace, "", space) ?? throw RefusalException.NotFound(BuiltInKinds.Namespace, space);
        if (home.Json.IsLeaving())
        {
            throw RefusalException.ForbiddenInLeavingNamespace(kind, name, space);
        }
    }

    /// <summary>
    /// What a generation counts: everything but metadata, and but the status where that is a subresource; of a Deployment the
    /// annotations too, except the revision, which its controller writes with the status.
    /// </summary>
    private static JsonObject Wanted(ResourceKind kind, JsonObject target)
    {
        var wanted = target.Copy();
        wanted.Remove("metadata");
        if (kind == BuiltInKinds.Deployment)
        {
            var annotations = target.At("metadata", "annotations") is JsonObject given ? given.Copy() : [];
            annotations.Remove(DeploymentController.Revision);
            wanted["annotations"] = annotations;
        }
        if (kind.HasStatus)
        {
            wanted.Remove("status");
        }
        return wanted;
    }

    private StoredObject Unstored(JsonObject target)
    {
        target.Ensure("metadata")["resourceVersion"] ??= store.Revision.ToString();
        return new StoredObject(target);
    }

    private ManagedEntry Entry(ResourceKind kind, string operation, WriteOptions options) =>
        new(options.Manager, operation, options.Subresource, kind.ApiVersion, Timestamp.Of(time), FieldSet.Empty);
}
