using RelayOperator.Operator.Cluster;
using RelayOperator.Operator.Watching;

namespace RelayOperator.Operator.Apply;

/// <summary>What was applied last, and what became of it.</summary>
/// <param name="Wanted">Hash of what was sent.</param>
/// <param name="Meta">Metadata of the answer.</param>
/// <param name="Fingerprint">Of the answer.</param>
internal sealed record AppliedObject(UInt128 Wanted, ObjectMeta Meta, UInt128 Fingerprint)
{
    /// <summary>Whether nobody edited the object since; what the watch shows may be older than the answer.</summary>
    public bool IsStill(Watched<SeenObject> seen) =>
        seen.Meta.Uid == Meta.Uid
        && (seen.Value.Fingerprint == Fingerprint || (seen.Meta.ResourceVersion != Meta.ResourceVersion && !seen.Meta.IsNewerThan(Meta)));
}
