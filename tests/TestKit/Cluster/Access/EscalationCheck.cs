using System.Text.Json.Nodes;
using RelayOperator.TestKit.Cluster.Kinds;

namespace RelayOperator.TestKit.Cluster.Access;

/// <summary>Nobody grants what they do not have: writers of roles need every permission in them, or the verb escalate; writers of bindings those of the role, or the verb bind.</summary>
public sealed class EscalationCheck(RbacAuthorizer authorizer)
{
    public void Demand(ClusterUser user, ResourceKind kind, JsonObject written, JsonObject? before)
    {
        if (kind.Group != BuiltInKinds.Role.Group || user.IsMaster)
        {
            return;
        }
        var space = written.Namespace();
        if (kind.Kind.EndsWith("Binding", StringComparison.Ordinal))
        {
            if (before is not null && before["subjects"].Same(written["subjects"]) && before["roleRef"].Same(written["roleRef"]))
            {
                return;
            }
            var resource = written.At("roleRef", "kind").Text() == "Role" ? "roles" : "clusterroles";
            var role = written.At("roleRef", "name").Text() ?? "";
            if (!authorizer.Allows(user, new AccessQuestion("bind", kind.Group, resource, "", space, role)))
            {
                Cover(user, kind, written, space, authorizer.RulesBehind(written, space));
            }
        }
        else if ((before is null || !before["rules"].Same(written["rules"]))
            && !authorizer.Allows(user, new AccessQuestion("escalate", kind.Group, kind.Plural, "", space, written.Name())))
        {
            Cover(user, kind, written, space, PolicyRule.Of(written));
        }
    }

    private void Cover(ClusterUser user, ResourceKind kind, JsonObject written, string space, IEnumerable<PolicyRule> granted)
    {
        var own = authorizer.RulesOf(user, space).ToList();
        var missing = granted.Where(rule => !rule.Questions(space).All(question => own.Any(had => had.Allows(question)))).ToList();
        if (missing.Count > 0)
        {
            var groups = string.Join(' ', user.Groups.Select(group => $"\"{group}\""));
            throw RefusalException.ForbiddenObject(kind, written.Name(),
                $"user \"{user.Name}\" (groups=[{groups}]) is attempting to grant RBAC permissions not currently held:\n{string.Join('\n', missing)}");
        }
    }
}
