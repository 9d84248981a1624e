using Microsoft.AspNetCore.Http;
using RelayOperator.TestKit.Cluster.Access;
using RelayOperator.TestKit.Cluster.Faults;
using RelayOperator.TestKit.Cluster.Kinds;
using RelayOperator.TestKit.Cluster.Patches;
using RelayOperator.TestKit.Cluster.Writing;

namespace RelayOperator.TestKit.Cluster.Http;

/// <summary>One authorised request about a resource.</summary>
/// <param name="Context">For the answer.</param>
/// <param name="Kind">What it is about.</param>
/// <param name="Path">Where.</param>
/// <param name="Facts">Verb and the rest.</param>
/// <param name="User">Who asks.</param>
/// <param name="Body">As sent.</param>
internal sealed record ApiCall(HttpContext Context, ResourceKind Kind, ApiPath Path, RequestFacts Facts, ClusterUser User, byte[] Body)
{
    public string Namespace => Path.Namespace;

    public string Name => Path.Name;

    /// <summary>Whether metadata alone is asked for.</summary>
    public bool MetadataOnly => Context.Request.Headers.Accept.ToString().Contains("as=PartialObjectMetadata", StringComparison.Ordinal);

    public string ContentType => Context.Request.ContentType ?? "application/json";

    public string? Query(string name) => Context.Request.Query[name].ToString() is { Length: > 0 } value ? value : null;

    public bool Flag(string name) => Query(name) is "true" or "1";

    public System.Text.Json.Nodes.JsonObject ObjectBody() =>
        PatchBody.Json(Body) as System.Text.Json.Nodes.JsonObject ?? throw RefusalException.BadRequest("the body of the request is not an object");

    public WriteOptions WriteOptions() => new(User, Query("fieldManager") ?? Agent())
    {
        Subresource = Path.Subresource,
        DryRun = Query("dryRun") == "All",
        FieldValidation = Query("fieldValidation") ?? "Warn",
        Force = Flag("force"),
    };

    /// <summary>The first word of the user agent, as the real server names managers that do not name themselves.</summary>
    private string Agent() => Context.Request.Headers.UserAgent.ToString().Split('/')[0] is { Length: > 0 } agent ? agent : "unknown";
}
