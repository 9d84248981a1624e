using RelayOperator.Relay.Spool;

namespace RelayOperator.Relay.Tools;

/// <summary>Answers <c>list</c> and <c>show</c>, and how many messages are meant.</summary>
internal sealed class QueueLister(ISpool spool, QueueReader reader)
{
    // Statistics of a shared store are a little late; what they say of so many is near enough to ask a question with.
    private const int CountedOneByOne = 10_000;

    public async Task ListAsync(QueueRequest request, LineWriter answer)
    {
        var count = 0L;
        var more = false;
        // One more than is wanted tells whether there are more.
        await foreach (var page in reader.PagesAsync(request.Filter, request.Limit is > 0 and < int.MaxValue ? request.Limit + 1 : 0, answer.Cancelled))
        {
            more = request.Limit > 0 && count + page.Count > request.Limit;
            var wanted = more ? page.Take((int)(request.Limit - count)) : page;
            await answer.WriteAsync(wanted.Select(entry => new QueueLine { Message = QueuedMessage.Of(entry) }));
            count += more ? request.Limit - count : page.Count;
        }

        await EndAsync(answer, count, more);
    }

    public async Task CountAsync(QueueRequest request, LineWriter answer)
    {
        var count = 0L;
        if (request.Filter == new QueueFilter() && spool.Statistics.Messages is > CountedOneByOne and var known)
        {
            count = known;
        }
        else
        {
            await foreach (var page in reader.PagesAsync(request.Filter, 0, answer.Cancelled))
            {
                count += page.Count;
            }
        }

        await EndAsync(answer, count, more: false);
    }

    public async Task ShowAsync(string text, LineWriter answer)
    {
        if (SpoolId.TryParse(text, out var id) && await spool.FindAsync(id) is { } entry)
        {
            await answer.WriteAsync([new QueueLine { Message = QueuedMessage.Of(entry) }]);
            await EndAsync(answer, 1, more: false);
        }
        else if (reader.Fault is { } fault)
        {
            await answer.FaultAsync(fault);
        }
        else
        {
            await answer.WriteAsync([new QueueLine { Missing = text }]);
            await EndAsync(answer, 0, more: false);
        }
    }

    private Task EndAsync(LineWriter answer, long count, bool more) =>
        reader.Fault is { } fault ? answer.FaultAsync(fault) : answer.EndAsync(new QueueEnd(count, 0, more));
}
