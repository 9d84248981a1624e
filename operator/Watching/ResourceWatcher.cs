using System.Net;
using System.Text.Json;
using RelayOperator.Operator.Cluster;
using RelayOperator.Operator.Queue;

namespace RelayOperator.Operator.Watching;

/// <summary>
/// Keeps the objects of one kind as they are in the cluster, by list and watch, and says which ones changed.
/// Contract: <see cref="Objects"/> never show an older state after a newer one, whatever order events come in; after every
/// list, objects that are no longer there are gone and reported; a watch that hangs is given up. A kind that the cluster
/// may do without, and does, has no objects and is looked for every so often, without complaint. Events are raised on the
/// watch's own thread.
/// </summary>
/// <typeparam name="T">What is read of an object.</typeparam>
/// <param name="client">The API server.</param>
/// <param name="kind">The kind.</param>
/// <param name="ns">The namespace; "" for all.</param>
/// <param name="labelSelector">Which ones; "" for all.</param>
/// <param name="metadataOnly">Their content is not asked for.</param>
/// <param name="read">Reads an object, where it was known before also with what was read of it then; must not throw.</param>
/// <param name="terms">What an object is found by, see <see cref="ObjectIndex{T}"/>.</param>
/// <param name="times">How long watches last.</param>
/// <param name="time">The clock.</param>
/// <param name="random">For jitter.</param>
/// <param name="logger">Hears of failures.</param>
public sealed partial class ResourceWatcher<T>(
    ClusterClient client,
    ResourceKind kind,
    string ns,
    string labelSelector,
    bool metadataOnly,
    Func<JsonElement, T?, T> read,
    Func<Watched<T>, IEnumerable<string>> terms,
    WatchTimes times,
    TimeProvider time,
    Random random,
    ILogger logger)
{
    private readonly TaskCompletionSource _synced = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Dictionary<ObjectKey, ObjectMeta> _gone = [];
    private readonly BackOff _backOff = new(times.FirstPause, times.LongestPause);
    private string _resourceVersion = "";
    private int _failures;
    private volatile bool _isServed;

    /// <summary>An object appeared, changed or went.</summary>
    public event Action<Change<T>>? Changed;

    /// <summary>The cluster knows the kind, or knows it no more.</summary>
    public event Action? ServedChanged;

    /// <summary>Whether the cluster knows the kind; false until it was asked.</summary>
    public bool IsServed => _isServed;

    /// <summary>Completes when the objects have been listed once.</summary>
    public Task Synced => _synced.Task;

    /// <summary>The objects as they are now.</summary>
    public ObjectIndex<T> Objects { get; } = new(terms);

    /// <summary>Watches until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            var pause = TimeSpan.Zero;
            try
            {
                if (_resourceVersion.Length == 0)
                {
                    await ListAsync(cancellationToken);
                }

                var began = time.GetTimestamp();
                await WatchAsync(cancellationToken);
                _failures = 0;
                // A server that ends watches at once is not asked again at once.
                pause = time.GetElapsedTime(began) < times.FirstPause ? times.FirstPause : TimeSpan.Zero;
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                // Whatever it is: nobody else would look at these objects again.
                pause = AfterFailure(e);
            }

            if (pause > TimeSpan.Zero)
            {
                await Task.Delay(pause, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private TimeSpan AfterFailure(Exception failure)
    {
        var (refusal, hadVersion) = (failure as ClusterException, _resourceVersion.Length != 0);
        if (kind.MayBeAbsent && refusal is { Status: HttpStatusCode.NotFound or HttpStatusCode.Forbidden })
        {
            TakeAsAbsent();
            return times.LookAgain;
        }

        _failures++;
        if (refusal is null or { IsGone: true })
        {
            // What happened since is not told any more, or not understood: the list says what is.
            _resourceVersion = "";
        }

        if (refusal is { IsGone: true } && hadVersion && _failures == 1)
        {
            return TimeSpan.Zero;
        }

        var (wait, asked) = (_backOff.After(_failures, random.NextDouble()), refusal?.RetryAfter ?? TimeSpan.Zero);
        var pause = wait < asked ? asked : wait;
        WatchFailed(logger, refusal is null ? failure : null, kind.Plural, failure.Message, pause.TotalSeconds);
        return pause;
    }

    private void TakeAsAbsent()
    {
        (_failures, _resourceVersion) = (0, "");
        if (_isServed || !_synced.Task.IsCompleted)
        {
            Absent(logger, kind.Plural, times.LookAgain.TotalSeconds);
        }

        Serve(false);
        foreach (var key in Objects.All.Select(item => item.Meta.Key).ToArray())
        {
            Remove(key);
        }

        _synced.TrySetResult();
    }

    private void Serve(bool isServed)
    {
        if (_isServed != isServed)
        {
            _isServed = isServed;
            ServedChanged?.Invoke();
        }
    }

    private async Task ListAsync(CancellationToken cancellationToken)
    {
        var gone = Objects.All.Select(item => item.Meta.Key).ToHashSet();
        var version = "";
        await foreach (var page in client.PagesAsync(kind, ns, labelSelector, metadataOnly, cancellationToken))
        {
            Serve(true);
            foreach (var item in page.Items)
            {
                var meta = ObjectMeta.Of(item);
                gone.Remove(meta.Key);
                if (Objects.Find(meta.Key)?.Meta.ResourceVersion != meta.ResourceVersion)
                {
                    Set(meta, item);
                }
            }

            version = page.ResourceVersion;
        }

        foreach (var key in gone)
        {
            Remove(key);
        }

        _resourceVersion = version;
        _synced.TrySetResult();
    }

    private async Task WatchAsync(CancellationToken cancellationToken)
    {
        // What a watch tells late it tells before its end.
        _gone.Clear();
        var limit = times.Least + ((times.Most - times.Least) * random.NextDouble());
        using var watchdog = new CancellationTokenSource(limit + times.Overdue, time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(watchdog.Token, cancellationToken);
        try
        {
            await foreach (var change in client.WatchAsync(kind, ns, labelSelector, metadataOnly, _resourceVersion, limit, linked.Token))
            {
                Take(change);
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new ClusterException("Timeout", $"the watch on {kind.Plural} hangs");
        }
    }

    private void Take(WatchEvent change)
    {
        _failures = 0;
        var meta = ObjectMeta.Of(change.Subject);
        if (change.Type != "BOOKMARK")
        {
            Take(change, meta);
        }

        _resourceVersion = meta.ResourceVersion;
    }

    private void Take(WatchEvent change, ObjectMeta meta)
    {
        // Told twice, or late: what is known is newer.
        var known = Objects.Find(meta.Key)?.Meta ?? _gone.GetValueOrDefault(meta.Key);
        if (known is not null && !meta.IsNewerThan(known))
        {
            return;
        }

        if (change.Type == "DELETED")
        {
            Remove(meta.Key);
            _gone[meta.Key] = meta;
        }
        else
        {
            Set(meta, change.Subject);
        }
    }

    private void Set(ObjectMeta meta, JsonElement whole)
    {
        var before = Objects.Find(meta.Key);
        var now = new Watched<T>(meta, read(whole, before is null ? default : before.Value));
        Objects.Set(now);
        Changed?.Invoke(new Change<T>(meta.Key, before, now));
    }

    private void Remove(ObjectKey key)
    {
        var before = Objects.Find(key);
        Objects.Remove(key);
        Changed?.Invoke(new Change<T>(key, before, null));
    }

    [LoggerMessage(1101, LogLevel.Warning, "Watching {Kind} failed: {Message}; again in {Seconds:0.0} s")]
    private static partial void WatchFailed(ILogger logger, Exception? exception, string kind, string message, double seconds);

    [LoggerMessage(1102, LogLevel.Information, "The cluster does not know {Kind}, or does not let them be read: they are looked for every {Seconds:0} s")]
    private static partial void Absent(ILogger logger, string kind, double seconds);
}
