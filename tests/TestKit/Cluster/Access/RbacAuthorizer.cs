using System.Text.Json.Nodes;
using RelayOperator.TestKit.Cluster.Kinds;
using RelayOperator.TestKit.Cluster.Store;

namespace RelayOperator.TestKit.Cluster.Access;

/// <summary>Decides by the roles and bindings in the store, and by nothing else; members of system:masters may do everything.</summary>
public sealed class RbacAuthorizer(ResourceStore store)
{
    /// <summary>What everybody may read, as the role system:discovery says.</summary>
    private static readonly string[] Discovery =
        ["/version", "/version/", "/api", "/api/*", "/apis", "/apis/*", "/healthz", "/livez", "/readyz", "/openapi", "/openapi/*"];

    public bool Allows(ClusterUser user, AccessQuestion question) =>
        user.IsMaster || IsDiscovery(question) || RulesOf(user, question.Namespace).Any(rule => rule.Allows(question));

    /// <summary>Refuses with the message of the real server.</summary>
    public void Demand(ClusterUser user, AccessQuestion question)
    {
        if (Allows(user, question))
        {
            return;
        }
        var target = question.Resource + (question.Group.Length > 0 ? "." + question.Group : "") + (question.Name.Length > 0 ? $" \"{question.Name}\"" : "");
        throw RefusalException.Forbidden(question.Url is { } url
            ? $"forbidden: User \"{user.Name}\" cannot {question.Verb} path \"{url}\""
            : $"{target} is forbidden: User \"{user.Name}\" cannot {question}");
    }

    /// <summary>The rules that somebody has in a namespace: the cluster's and the namespace's own.</summary>
    public IEnumerable<PolicyRule> RulesOf(ClusterUser user, string space)
    {
        foreach (var binding in Bindings(BuiltInKinds.ClusterRoleBinding, null).Where(binding => Binds(binding, user, "")))
        {
            foreach (var rule in RulesBehind(binding, ""))
            {
                yield return rule;
            }
        }
        if (space.Length == 0)
        {
            yield break;
        }
        foreach (var binding in Bindings(BuiltInKinds.RoleBinding, space).Where(binding => Binds(binding, user, space)))
        {
            foreach (var rule in RulesBehind(binding, space))
            {
                yield return rule;
            }
        }
    }

    /// <summary>The rules that a binding's role gives; none where the role is missing.</summary>
    public IEnumerable<PolicyRule> RulesBehind(JsonObject binding, string space)
    {
        var name = binding.At("roleRef", "name").Text() ?? "";
        var role = binding.At("roleRef", "kind").Text() == "Role"
            ? store.Get(BuiltInKinds.Role, space, name)
            : store.Get(BuiltInKinds.ClusterRole, "", name);
        return role is null ? [] : PolicyRule.Of(role.Json);
    }

    private IEnumerable<JsonObject> Bindings(ResourceKind kind, string? space) => store.List(kind, space).Objects.Select(stored => stored.Json);

    private static bool Binds(JsonObject binding, ClusterUser user, string space) => binding["subjects"].Items().Any(subject =>
    {
        var name = subject.At("name").Text() ?? "";
        return subject.At("kind").Text() switch
        {
            "User" => name == user.Name,
            "Group" => user.Groups.Contains(name),
            "ServiceAccount" => user.Name == $"system:serviceaccount:{subject.At("namespace").Text() ?? space}:{name}",
            _ => false,
        };
    });

    private static bool IsDiscovery(AccessQuestion question) => question is { Verb: "get", Url: { } url }
        && Discovery.Any(known => known == url || (known[^1] == '*' && url.StartsWith(known[..^1], StringComparison.Ordinal)));
}
