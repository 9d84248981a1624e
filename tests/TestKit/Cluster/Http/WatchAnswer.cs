using System.Globalization;
using RelayOperator.TestKit.Cluster.Faults;
using RelayOperator.TestKit.Cluster.Store;

namespace RelayOperator.TestKit.Cluster.Http;

/// <summary>
/// Answers a watch: events from a resourceVersion on, one JSON object a line. An object that enters or leaves the selection
/// is ADDED or DELETED. Ends after timeoutSeconds, with a bookmark before where the client allows them.
/// </summary>
internal sealed class WatchAnswer(ResourceStore store, FaultPlan faults, TimeProvider time, Func<TimeSpan> bookmarkEvery)
{
    private static readonly TimeSpan s_reorderWithin = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LongestWatch = TimeSpan.FromMinutes(30);

    public async Task WriteAsync(ApiCall call)
    {
        var selection = new Selection(call);
        var wantsList = call.Flag("sendInitialEvents");
        var version = call.Query("resourceVersion") ?? "";
        var fromNow = version.Length == 0 || version == "0" || wantsList;
        if (!fromNow && !long.TryParse(version, CultureInfo.InvariantCulture, out _))
        {
            throw RefusalException.BadRequest($"invalid resource version \"{version}\"");
        }

        IReadOnlyList<StoredObject> initial = [];
        var from = fromNow ? 0 : long.Parse(version, CultureInfo.InvariantCulture);
        WatchSubscription? subscription;
        lock (store.Gate)
        {
            if (fromNow)
            {
                (initial, from) = store.List(call.Kind, selection.Namespace);
            }
            subscription = store.Watch(call.Kind, from);
        }
        var events = new WatchEvents(call, selection);
        if (subscription is null)
        {
            // The real server answers 200 with an ERROR event when the version is too old for its cache, and so must clients expect it.
            await events.BeginAsync();
            await events.ErrorAsync(RefusalException.TooOld(version, store.OldestOf(call.Kind)));
            return;
        }
        using (subscription)
        {
            await events.BeginAsync();
            foreach (var stored in initial.Where(selection.Matches))
            {
                await events.WriteAsync("ADDED", stored);
            }
            if (wantsList)
            {
                await events.BookmarkAsync(from, endsInitialEvents: true);
            }
            await events.FlushAsync();
            await FollowAsync(call, events, subscription);
        }
    }

    private async Task FollowAsync(ApiCall call, WatchEvents events, WatchSubscription subscription)
    {
        var allowsBookmarks = call.Flag("allowWatchBookmarks");
        var longest = call.Query("timeoutSeconds") is { } text && int.TryParse(text, out var seconds) && seconds > 0 ? TimeSpan.FromSeconds(seconds) : LongestWatch;
        var started = time.GetTimestamp();
        var marked = started;
        while (true)
        {
            var left = longest - time.GetElapsedTime(started);
            var untilMark = allowsBookmarks ? bookmarkEvery() - time.GetElapsedTime(marked) : left;
            var wait = left < untilMark ? left : untilMark;
            var more = subscription.Events.WaitToReadAsync(call.Context.RequestAborted).AsTask();
            using var rest = CancellationTokenSource.CreateLinkedTokenSource(call.Context.RequestAborted);
            var first = more.IsCompleted ? more : await Task.WhenAny(more, Task.Delay(wait > TimeSpan.Zero ? wait : TimeSpan.Zero, time, rest.Token));
            await rest.CancelAsync();
            if (faults.Striking<FaultAct.Silence>(call.Facts) is not null)
            {
                // A half-open watch never wakes again, even after the fault is over.
                await Task.Delay(Timeout.InfiniteTimeSpan, time, call.Context.RequestAborted);
            }
            if (first == more)
            {
                if (!await more)
                {
                    return;
                }
                await DrainAsync(call, events, subscription);
                continue;
            }
            if (allowsBookmarks)
            {
                marked = time.GetTimestamp();
                subscription.Mark();
                await DrainAsync(call, events, subscription);
            }
            if (left <= untilMark)
            {
                return;
            }
        }
    }

    /// <summary>The event after, for which the one before is held back a moment.</summary>
    private async Task<ResourceEvent?> LaterAsync(ApiCall call, WatchSubscription subscription)
    {
        using var rest = CancellationTokenSource.CreateLinkedTokenSource(call.Context.RequestAborted);
        await Task.WhenAny(subscription.Events.WaitToReadAsync(rest.Token).AsTask(), Task.Delay(s_reorderWithin, time, rest.Token));
        await rest.CancelAsync();
        return subscription.Events.TryRead(out var later) ? later : null;
    }

    private async Task DrainAsync(ApiCall call, WatchEvents events, WatchSubscription subscription)
    {
        var reorders = faults.Striking<FaultAct.Reorder>(call.Facts) is not null;
        var times = faults.Striking<FaultAct.Duplicate>(call.Facts) is not null ? 2 : 1;
        while (subscription.Events.TryRead(out var change))
        {
            if (reorders && !change.IsBookmark && await LaterAsync(call, subscription) is { } later)
            {
                await events.TellAsync(later, times);
            }
            await events.TellAsync(change, times);
        }
        await events.FlushAsync();
    }
}
