using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using RelayOperator.TestKit.Cluster.Access;
using RelayOperator.TestKit.Cluster.Kinds;
using RelayOperator.TestKit.Cluster.Patches;

namespace RelayOperator.TestKit.Cluster.Http;

/// <summary>What is served and not kept: health, version, discovery, and reviews of one's own access.</summary>
internal sealed class PlainPaths(ClusterState cluster)
{
    private readonly Discovery _discovery = new(cluster.Kinds);

    /// <summary>Null where the request is about something else.</summary>
    public JsonObject? Find(HttpContext context, ApiPath? path, ClusterUser user, byte[] body)
    {
        if (context.Request.Method == "POST" && path is { Group: "authorization.k8s.io", Resource: "selfsubjectaccessreviews" })
        {
            return Review(PatchBody.Json(body) as JsonObject ?? [], user);
        }
        if (context.Request.Method != "GET" || path is not null)
        {
            return null;
        }
        return context.Request.Path.ToString().Trim('/').Split('/') switch
        {
            ["healthz"] or ["livez"] or ["readyz"] => new JsonObject { ["status"] = "ok" },
            ["version"] => Discovery.Version(),
            ["api"] => Discovery.CoreVersions(),
            ["apis"] => _discovery.Groups(),
            ["api", var version] => _discovery.Resources("", version),
            ["apis", var group] => _discovery.Group(group),
            ["apis", var group, var version] => _discovery.Resources(group, version),
            _ => null,
        };
    }

    private JsonObject Review(JsonObject review, ClusterUser user)
    {
        var asked = review.At("spec", "resourceAttributes");
        var question = new AccessQuestion(
            Word("verb"), Word("group"), Word("resource"), Word("subresource"), Word("namespace"), Word("name"),
            review.At("spec", "nonResourceAttributes", "path").Text());
        if (question.Url is not null)
        {
            question = question with { Verb = review.At("spec", "nonResourceAttributes", "verb").Text() ?? "" };
        }
        review["status"] = new JsonObject { ["allowed"] = cluster.Authorizer.Allows(user, question) };
        return review;

        string Word(string field) => asked.At(field).Text() ?? "";
    }
}
