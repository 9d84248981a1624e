using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using RelayOperator.TestKit.Cluster.Http;

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

    /// <summary>Of a request's line.</summary>
    /// <param name="method">GET and the rest.</param>
    /// <param name="path">Without the query.</param>
    /// <param name="query">With its question mark; empty for none.</param>
    /// <param name="user">Who asks.</param>
    /// <param name="bodyBytes">What is sent.</param>
    internal static RequestFacts Of(string method, string path, string query, string user, long bodyBytes)
    {
        var (resource, options) = (ApiPath.Parse(path), new QueryCollection(QueryHelpers.ParseQuery(query)));
        var isMany = resource is { Name.Length: 0 };
        var verb = method switch
        {
            "GET" when isMany && options["watch"].ToString() is "true" or "1" => "watch",
            "GET" when isMany => "list",
            "POST" => "create",
            "PUT" => "update",
            "PATCH" => "patch",
            "DELETE" => isMany ? "deletecollection" : "delete",
            _ => "get",
        };
        // The one name of a field selector counts as the request's name, so that resourceNames can allow a watch.
        var name = resource?.Name is { Length: > 0 } own ? own : isMany && verb != "create" ? SelectedName(options["fieldSelector"].ToString()) : "";
        return new RequestFacts(verb, resource?.Group ?? "", resource?.Resource ?? "", resource?.Subresource ?? "", resource?.Namespace ?? "", name, path + query, user, bodyBytes);
    }

    private static string SelectedName(string fieldSelector) =>
        fieldSelector.Split(',').FirstOrDefault(term => term.StartsWith("metadata.name=", StringComparison.Ordinal))?["metadata.name=".Length..].TrimStart('=') ?? "";
}
