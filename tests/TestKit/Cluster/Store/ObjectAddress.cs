using RelayOperator.TestKit.Cluster.Kinds;

namespace RelayOperator.TestKit.Cluster.Store;

/// <summary>Where an object is found.</summary>
public sealed record ObjectAddress(ResourceKind Kind, string Namespace, string Name)
{
    // By the resource's name: the kind of a definition is made anew when the definition changes.
    public bool Equals(ObjectAddress? other) =>
        other is not null && Kind.Resource == other.Kind.Resource && Namespace == other.Namespace && Name == other.Name;

    public override int GetHashCode() => HashCode.Combine(Kind.Resource, Namespace, Name);
}
