using System.Text.Json.Nodes;
using RelayOperator.TestKit.Cluster.Access;
using RelayOperator.TestKit.Cluster.Kinds;
using RelayOperator.TestKit.Cluster.Writing;

namespace RelayOperator.TestKit.Cluster.Http;

/// <summary>A token for a ServiceAccount, as whoever runs its pods asks for one.</summary>
internal sealed class TokenRequest(ClusterState cluster)
{
    private const long DefaultSeconds = 3600;

    public JsonObject Issue(string space, string account, JsonNode? body)
    {
        if (cluster.Get(BuiltInKinds.ServiceAccount, space, account) is null)
        {
            throw RefusalException.NotFound(BuiltInKinds.ServiceAccount, account);
        }
        var answer = body is JsonObject given ? given.Copy() : [];
        var seconds = answer.At("spec", "expirationSeconds").Number() ?? DefaultSeconds;
        answer["status"] = new JsonObject
        {
            ["token"] = cluster.Tokens.Issue(ClusterUser.ServiceAccount(space, account)),
            ["expirationTimestamp"] = Timestamp.Of(cluster.Time.GetUtcNow().AddSeconds(seconds)),
        };
        return answer;
    }
}
