namespace RelayOperator.TestKit.Cluster.Faults;

/// <summary>What is known of a request before it is served: what faults choose by and the log keeps.</summary>
/// <param name="Verb">get, list, watch, create, update, patch, delete, deletecollection.</param>
/// <param name="Group">Of the resource; empty for the core group.</param>
/// <param name="Resource">Its plural; empty for paths that are none.</param>
/// <param name="Subresource">status, scale, or empty.</param>
/// <param name="Namespace">Empty at the cluster scope.</param>
/// <param name="Name">Empty where none is named.</param>
/// <param name="Path">With the query.</param>
/// <param name="User">Empty where nobody is known.</param>
/// <param name="BodyBytes">Of what was sent.</param>
public sealed record RequestFacts(
    string Verb, string Group, string Resource, string Subresource, string Namespace, string Name, string Path, string User, long BodyBytes)
{
    public bool IsWrite => Verb is "create" or "update" or "patch" or "delete" or "deletecollection";
}
