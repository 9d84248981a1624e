using System.Collections.Immutable;
using System.Net;
using System.Text.Json.Nodes;
using RelayOperator.Operator.Cluster;
using RelayOperator.Operator.Derive;
using RelayOperator.Operator.Gather;

namespace RelayOperator.Operator.Removal;

/// <summary>
/// Marks, grows and deletes the claims of spools. Contract: every write is bound to the state of the claim that was read,
/// so that one that comes late is refused; a claim is deleted only while the API server itself knows no pod of its ordinal.
/// </summary>
public sealed class ClaimWriter(ClusterClient client)
{
    private const string Background = "Background";

    /// <summary>Takes marks back: before anything else, so that no pod takes mail into a spool that counts as empty.</summary>
    public async Task UnmarkAsync(string ns, ClaimChanges claims, CancellationToken cancellationToken)
    {
        foreach (var claim in claims.Unmark)
        {
            await AnnotateAsync(ns, claim, null, cancellationToken);
        }
    }

    /// <summary>Marks what was emptied, grows what is too small, and deletes what nobody needs.</summary>
    /// <param name="pool">The pool's name.</param>
    /// <param name="claims">What is to be done.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The claims that were deleted, and what the API server refused, each with what it said.</returns>
    public async Task<(ImmutableArray<string> Deleted, ImmutableArray<string> Refused)> WriteAsync(
        ObjectKey pool, ClaimChanges claims, CancellationToken cancellationToken)
    {
        foreach (var (claim, token) in claims.Mark)
        {
            await AnnotateAsync(pool.Namespace, claim, token, cancellationToken);
        }

        var refused = ImmutableArray.CreateBuilder<string>();
        foreach (var claim in claims.Grow)
        {
            try
            {
                await PatchAsync(
                    pool.Namespace,
                    claim,
                    new JsonObject { ["spec"] = new JsonObject { ["resources"] = new JsonObject { ["requests"] = new JsonObject { ["storage"] = claims.Storage } } } },
                    cancellationToken);
            }
            catch (ClusterException e) when (e.Status is HttpStatusCode.UnprocessableEntity or HttpStatusCode.Forbidden)
            {
                refused.Add($"{ResourceKind.PersistentVolumeClaim.Kind}/{claim.Name}: {e.Message}");
            }
        }

        var deleted = ImmutableArray.CreateBuilder<string>();
        foreach (var claim in claims.Delete)
        {
            // What the watch shows may be old; a pod that somebody started by hand would lose its volume.
            var pod = claim.Name[(PoolNames.Claim.Length + 1)..];
            if (await client.GetAsync(ResourceKind.Pod, new ObjectKey(pool.Namespace, pod), cancellationToken) is null)
            {
                await client.DeleteAsync(ResourceKind.PersistentVolumeClaim, Meta(pool.Namespace, claim), unchanged: true, Background, cancellationToken);
                deleted.Add(claim.Name);
            }
        }

        return (deleted.ToImmutable(), refused.ToImmutable());
    }

    private Task AnnotateAsync(string ns, GatheredClaim claim, string? token, CancellationToken cancellationToken) => PatchAsync(
        ns, claim, new JsonObject { ["metadata"] = new JsonObject { ["annotations"] = new JsonObject { [PoolNames.DrainedAnnotation] = token } } }, cancellationToken);

    private async Task PatchAsync(string ns, GatheredClaim claim, JsonObject patch, CancellationToken cancellationToken)
    {
        var metadata = patch["metadata"] as JsonObject ?? [];
        metadata["uid"] = claim.Uid;
        metadata["resourceVersion"] = claim.ResourceVersion;
        patch["metadata"] = metadata;
        try
        {
            await client.MergeAsync(ResourceKind.PersistentVolumeClaim, new ObjectKey(ns, claim.Name), patch, cancellationToken);
        }
        catch (ClusterException e) when (e.IsNotFound)
        {
            // Gone with whatever it said.
        }
    }

    private static ObjectMeta Meta(string ns, GatheredClaim claim) =>
        new() { Namespace = ns, Name = claim.Name, Uid = claim.Uid, ResourceVersion = claim.ResourceVersion };
}
