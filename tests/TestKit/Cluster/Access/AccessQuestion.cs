namespace RelayOperator.TestKit.Cluster.Access;

/// <summary>What somebody wants to do.</summary>
/// <param name="Verb">get, list, watch, create, update, patch, delete, deletecollection, escalate, bind.</param>
/// <param name="Group">Of the resource.</param>
/// <param name="Resource">Its plural.</param>
/// <param name="Subresource">Empty for the object itself.</param>
/// <param name="Namespace">Empty at the cluster scope.</param>
/// <param name="Name">Empty where none is named.</param>
/// <param name="Url">A path that is no resource; null for resources.</param>
public sealed record AccessQuestion(string Verb, string Group, string Resource, string Subresource, string Namespace, string Name, string? Url = null)
{
    /// <summary>The sentence that follows "User "x" cannot".</summary>
    public override string ToString()
    {
        var resource = Subresource.Length > 0 ? $"{Resource}/{Subresource}" : Resource;
        var scope = Namespace.Length > 0 ? $"in the namespace \"{Namespace}\"" : "at the cluster scope";
        return Url is { } url ? $"{Verb} path \"{url}\"" : $"{Verb} resource \"{resource}\" in API group \"{Group}\" {scope}";
    }
}
