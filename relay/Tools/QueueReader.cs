using System.Runtime.CompilerServices;
using RelayOperator.Relay.Spool;

namespace RelayOperator.Relay.Tools;

/// <summary>
/// Reads the spool page by page, so that no number of messages costs more memory than a page, and no read stays open while
/// a tool reads on.
/// </summary>
internal sealed class QueueReader(ISpool spool)
{
    /// <summary>Messages that are looked at together.</summary>
    private const int Page = 100;

    /// <summary>Why the store cannot be read now; null where it can.</summary>
    public string? Fault => spool.Health.Fault is { } fault ? $"the spool cannot be read now: {fault}" : null;

    /// <summary>All that a filter takes, oldest first, up to a number (0 for all); ends early where the store fails (see <see cref="Fault"/>).</summary>
    public async IAsyncEnumerable<IReadOnlyList<QueueEntry>> PagesAsync(QueueFilter filter, int limit, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var after = new SpoolId(0);
        var left = limit == 0 ? int.MaxValue : limit;
        while (left > 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var page = await spool.ListAsync(filter with { Id = null }, after, Math.Min(Page, left));
            if (page.Count == 0)
            {
                yield break;
            }

            after = page[^1].Message.Id;
            left -= page.Count;
            yield return page;
        }
    }
}
