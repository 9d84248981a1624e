using System.Collections.Concurrent;
using System.Net;
using k8s;
using k8s.Autorest;
using k8s.Models;

namespace RelayOperator.TestKit.Target;

/// <summary>
/// The namespaces that tests leave on an API server that is not their own. Each is told to go when its test ends, and all
/// are waited for when the last has: a namespace takes seconds to go.
/// </summary>
public static class LeftBehind
{
    private const string Group = "relayoperator.io";

    private static readonly ConcurrentDictionary<string, KubernetesClientConfiguration> Namespaces = new(StringComparer.Ordinal);

    /// <summary>The test of those namespaces has ended, and so has its operator.</summary>
    public static async Task LeaveAsync(KubernetesClientConfiguration asAdmin, IEnumerable<string> namespaces)
    {
        using var client = new Kubernetes(asAdmin);
        foreach (var ns in namespaces)
        {
            Namespaces[ns] = asAdmin;
            await IgnoringAsync(() => client.CoreV1.DeleteNamespaceAsync(ns));
            await LetGoAsync(client, ns);
        }
    }

    /// <summary>Waits until all are gone.</summary>
    public static async Task GoneAsync()
    {
        foreach (var ns in Namespaces.Keys)
        {
            await GoneAsync(ns);
        }
    }

    /// <summary>Waits until one is gone.</summary>
    public static async Task GoneAsync(string ns)
    {
        using var client = new Kubernetes(Namespaces[ns]);
        await Eventually.True(
            async () =>
            {
                await LetGoAsync(client, ns);
                return !await ExistsAsync(client, ns);
            },
            $"the namespace {ns} is gone",
            seconds: 120);
        Namespaces.TryRemove(ns, out _);
    }

    // Nobody is there any more who would take finalizers off, or tell that pods have ended.
    private static async Task LetGoAsync(Kubernetes client, string ns)
    {
        await IgnoringAsync(() => client.CoreV1.DeleteCollectionNamespacedPodAsync(ns, gracePeriodSeconds: 0));
        var pools = await ReadAsync(() => client.CustomObjects.ListNamespacedCustomObjectAsync<PoolList>(Group, "v1beta1", ns, "relaypools"));
        foreach (var pool in pools?.Items.Where(pool => pool.Metadata.Finalizers?.Count > 0) ?? [])
        {
            var patch = new V1Patch("""{"metadata":{"finalizers":null}}""", V1Patch.PatchType.MergePatch);
            await IgnoringAsync(() => client.CustomObjects.PatchNamespacedCustomObjectAsync(patch, Group, "v1beta1", ns, "relaypools", pool.Metadata.Name));
        }
    }

    private static async Task<bool> ExistsAsync(Kubernetes client, string ns) => await ReadAsync(() => client.CoreV1.ReadNamespaceAsync(ns)) is not null;

    private static async Task<T?> ReadAsync<T>(Func<Task<T>> read)
        where T : class
    {
        try
        {
            return await read();
        }
        catch (HttpOperationException e) when (e.Response.StatusCode == HttpStatusCode.NotFound)
        {
            return null;
        }
    }

    private static async Task IgnoringAsync(Func<Task> act)
    {
        try
        {
            await act();
        }
        catch (HttpOperationException e) when (e.Response.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.Conflict)
        {
            // Somebody was faster.
        }
    }

    private sealed record PoolList(IReadOnlyList<Pool> Items);

    private sealed record Pool(V1ObjectMeta Metadata);
}
