using System.Text.Json.Nodes;
using RelayOperator.TestKit.Cluster.Kinds;

namespace RelayOperator.TestKit.Cluster.Access;

/// <summary>
/// The admission plug-in OwnerReferencesPermissionEnforcement, on in OpenShift and others: who sets blockOwnerDeletion must
/// be allowed to update the owner's finalizers, since it can hold up the owner's deletion.
/// </summary>
public sealed class OwnerCheck(RbacAuthorizer authorizer, KindRegistry kinds)
{
    public void Demand(ClusterUser user, ResourceKind kind, JsonObject written, JsonObject? before)
    {
        var known = Blocking(before).Select(reference => reference["uid"].Text()).ToHashSet(StringComparer.Ordinal);
        foreach (var reference in Blocking(written).Where(reference => !known.Contains(reference["uid"].Text())))
        {
            var owner = kinds.FindKind(reference["apiVersion"].Text() ?? "", reference["kind"].Text() ?? "");
            var question = new AccessQuestion("update", owner?.Group ?? "", owner?.Plural ?? "", "finalizers", owner?.Namespaced == false ? "" : written.Namespace(), reference["name"].Text() ?? "");
            if (!authorizer.Allows(user, question))
            {
                throw RefusalException.ForbiddenObject(kind, written.Name(),
                    $"cannot set blockOwnerDeletion if an ownerReference refers to a resource you can't set finalizers on: User \"{user.Name}\" cannot {question}");
            }
        }
    }

    private static IEnumerable<JsonObject> Blocking(JsonObject? target) =>
        target.At("metadata", "ownerReferences").Items().Where(reference => reference["blockOwnerDeletion"].Flag() == true);
}
