using System.Collections.Concurrent;
using System.Text.Json;
using RelayOperator.Operator.Cluster;
using RelayOperator.Operator.Status;

namespace RelayOperator.Operator.Reconciling;

/// <summary>
/// The statuses that were written last, as the API server keeps them: what a watch shows may be older, and whoever goes by
/// that writes the same once more, with times of changes that are none. Thread-safe.
/// </summary>
/// <typeparam name="T">The status.</typeparam>
internal sealed class WrittenStatuses<T>
    where T : class
{
    private readonly ConcurrentDictionary<ObjectKey, (ObjectMeta Meta, T? Status)> _written = new();

    /// <summary>The newest of what the watch shows and what was written; null for none.</summary>
    public T? Newest(ObjectMeta seen, T? status)
    {
        if (!_written.TryGetValue(seen.Key, out var last))
        {
            return status;
        }

        if (last.Meta.Uid == seen.Uid && seen.ResourceVersion != last.Meta.ResourceVersion && !seen.IsNewerThan(last.Meta))
        {
            return last.Status;
        }

        // The watch has caught up.
        _written.TryRemove(seen.Key, out _);
        return status;
    }

    /// <summary>The API server took a status, and answered with the object.</summary>
    public void Wrote(JsonElement answer)
    {
        var meta = ObjectMeta.Of(answer);
        _written[meta.Key] = (meta, StatusJson.Read<T>(answer));
    }

    public void Forget(ObjectKey key) => _written.TryRemove(key, out _);
}
