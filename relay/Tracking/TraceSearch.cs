using System.Collections.Immutable;
using System.Runtime.CompilerServices;

namespace RelayOperator.Relay.Tracking;

/// <summary>What a search found.</summary>
/// <param name="Messages">The history of each message, in order; messages in order of their first event.</param>
/// <param name="LeftOut">Events beyond the bound.</param>
public sealed record TraceResult(ImmutableArray<ImmutableArray<TrackedEvent>> Messages, long LeftOut);

/// <summary>
/// Finds messages in tracking files, in whatever order these are. Reads them twice, first for the ids of the messages
/// that are meant, then for all that happened to them, so that it keeps no more than it finds.
/// </summary>
public static class TraceSearch
{
    /// <summary>Events that a result has at most.</summary>
    public const int MaxEvents = 200_000;

    public static async Task<TraceResult> RunAsync(IReadOnlyList<string> files, TraceFilter filter, CancellationToken cancellationToken)
    {
        var ids = filter.Wishes == 0 ? null : await FindAsync(files, filter, cancellationToken);
        var messages = new Dictionary<string, List<TrackedEvent>>(StringComparer.Ordinal);
        long found = 0;
        foreach (var file in files)
        {
            await foreach (var entry in ReadAsync(file, filter, cancellationToken))
            {
                if ((ids is not null && !ids.Contains(entry.Id)) || ++found > MaxEvents)
                {
                    continue;
                }

                if (!messages.TryGetValue(entry.Id, out var history))
                {
                    messages.Add(entry.Id, history = []);
                }

                history.Add(entry);
            }
        }

        return new TraceResult(
            [.. messages.Values
                .Select(history => history.OrderBy(entry => entry.Time).ToImmutableArray())
                .OrderBy(history => history[0].Time).ThenBy(history => history[0].Id, StringComparer.Ordinal)],
            Math.Max(0, found - MaxEvents));
    }

    private static async Task<HashSet<string>> FindAsync(IReadOnlyList<string> files, TraceFilter filter, CancellationToken cancellationToken)
    {
        var met = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var file in files)
        {
            await foreach (var entry in ReadAsync(file, filter, cancellationToken))
            {
                if (filter.Met(entry) is not 0 and var wishes)
                {
                    met[entry.Id] = met.GetValueOrDefault(entry.Id) | wishes;
                }
            }
        }

        return met.Where(id => id.Value == filter.Wishes).Select(id => id.Key).ToHashSet(StringComparer.Ordinal);
    }

    private static async IAsyncEnumerable<TrackedEvent> ReadAsync(
        string file, TraceFilter filter, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // A relay may be writing to it, or have removed it meanwhile.
        if (!File.Exists(file))
        {
            yield break;
        }

        var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var reader = new StreamReader(stream);
        while (await reader.ReadLineAsync(cancellationToken) is { } line)
        {
            if (TrackedEvent.Parse(line) is { } entry && filter.IsInTime(entry))
            {
                yield return entry;
            }
        }
    }
}
