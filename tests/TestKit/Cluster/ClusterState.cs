using System.Text.Json.Nodes;
using RelayOperator.TestKit.Cluster.Access;
using RelayOperator.TestKit.Cluster.Kinds;
using RelayOperator.TestKit.Cluster.Store;
using RelayOperator.TestKit.Cluster.Writing;

namespace RelayOperator.TestKit.Cluster;

/// <summary>The cluster behind the API: what it keeps, who may do what, and how it is written. Controllers and tests use it without a socket, by the same rules as requests.</summary>
public sealed class ClusterState
{
    public ClusterState(TimeProvider time)
    {
        Time = time;
        Authorizer = new RbacAuthorizer(Store);
        Writer = new ObjectWriter(Store, Kinds, Authorizer, time);
        Removal = new ObjectRemoval(Store, time);
    }

    public TimeProvider Time { get; }

    public ResourceStore Store { get; } = new();

    public KindRegistry Kinds { get; } = new();

    public TokenTable Tokens { get; } = new();

    public RbacAuthorizer Authorizer { get; }

    public ObjectWriter Writer { get; }

    public ObjectRemoval Removal { get; }

    /// <summary>Null where there is none.</summary>
    public JsonObject? Get(ResourceKind kind, string space, string name) => Store.Get(kind, space, name)?.Json;

    public IEnumerable<JsonObject> List(ResourceKind kind, string? space = null) => Store.List(kind, space).Objects.Select(stored => stored.Json);

    public JsonObject Create(ResourceKind kind, JsonObject body) => Writer.Create(kind, body.Namespace(), body, WriteOptions.Controller).Stored.Json;

    /// <summary>Changes what is wanted; nothing where the object is gone.</summary>
    public void Update(ResourceKind kind, string space, string name, Action<JsonObject> change) => Write(kind, space, name, change, "");

    /// <summary>Changes the status; nothing where the object is gone.</summary>
    public void UpdateStatus(ResourceKind kind, string space, string name, Action<JsonObject> change) =>
        Write(kind, space, name, target => change(target.Ensure("status")), "status");

    /// <summary>Deletes; nothing where the object is gone.</summary>
    public void Delete(ResourceKind kind, string space, string name, RemovalOptions? options = null)
    {
        lock (Store.Gate)
        {
            if (Store.Get(kind, space, name) is not null)
            {
                Removal.Delete(kind, space, name, options ?? new());
            }
        }
    }

    private void Write(ResourceKind kind, string space, string name, Action<JsonObject> change, string subresource)
    {
        lock (Store.Gate)
        {
            if (Store.Get(kind, space, name) is null)
            {
                return;
            }
            Writer.Update(kind, space, name, target =>
            {
                change(target);
                return target;
            }, WriteOptions.Controller with { Subresource = subresource });
        }
    }
}
