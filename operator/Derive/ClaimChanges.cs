using System.Collections.Immutable;
using k8s.Models;
using RelayOperator.Operator.Gather;

namespace RelayOperator.Operator.Derive;

/// <summary>What becomes of the claims of a pool's spools. They are made by the StatefulSet; the operator marks, grows and deletes them.</summary>
public sealed record ClaimChanges
{
    /// <summary>Emptied ones of pods that leave, each with the mark that it gets.</summary>
    public ImmutableArray<(GatheredClaim Claim, string Token)> Mark { get; private init; } = [];

    /// <summary>Those whose mark goes.</summary>
    public ImmutableArray<GatheredClaim> Unmark { get; private init; } = [];

    /// <summary>Those that go.</summary>
    public ImmutableArray<GatheredClaim> Delete { get; private init; } = [];

    /// <summary>Those that ask for less than the pool does now.</summary>
    public ImmutableArray<GatheredClaim> Grow { get; private init; } = [];

    /// <summary>The storage that each is to ask for, as a quantity; empty where the pool has none.</summary>
    public string Storage { get; private init; } = "";

    /// <summary>
    /// Whether the StatefulSet makes claims of another size. Its template cannot be changed: it is taken away from around
    /// its pods and made anew.
    /// </summary>
    public bool ReplaceStatefulSet { get; private init; }

    public static ClaimChanges Of(GatheredPool pool, WorkloadSize size)
    {
        var storage = pool.Pool.Spec.Spool?.Storage?.Size ?? "";
        return new ClaimChanges
        {
            Mark = [.. size.ClaimsToMark.Select(claim => (claim, WorkloadSize.MarkOf(pool, claim)))],
            Unmark = size.ClaimsToUnmark,
            Delete = size.ClaimsToDelete,
            Grow = storage.Length == 0 ? [] : [.. pool.Claims.Where(claim => !claim.IsBeingDeleted && claim.Storage.Length > 0 && claim.Ordinal < size.Wanted && IsLess(claim.Storage, storage))],
            Storage = storage,
            ReplaceStatefulSet = pool.StatefulSet is { ClaimStorage.Length: > 0 } set && (IsLess(set.ClaimStorage, storage) || IsLess(storage, set.ClaimStorage)),
        };
    }

    private static bool IsLess(string one, string other) => new ResourceQuantity(one).ToDecimal() < new ResourceQuantity(other).ToDecimal();
}
