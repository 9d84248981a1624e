namespace RelayOperator.TestKit.Cluster.Store;

/// <summary>One change of one object. A bookmark has neither state and says that everything up to its revision was told.</summary>
/// <param name="Revision">Of the change; a deletion has one of its own.</param>
/// <param name="Before">Null for a creation.</param>
/// <param name="After">The last state for a deletion, with the deletion's resourceVersion.</param>
/// <param name="Deleted">Whether it is gone.</param>
public sealed record ResourceEvent(long Revision, StoredObject? Before, StoredObject? After, bool Deleted)
{
    public bool IsBookmark => After is null;

    public static ResourceEvent Bookmark(long revision) => new(revision, null, null, false);
}
