using RelayOperator.Relay.Spool;

namespace RelayOperator.Relay.Tools;

/// <summary>
/// Carries out <c>retry</c>, <c>hold</c>, <c>release</c> and <c>delete</c>, a page of messages at a time, which share commits.
/// What is being delivered right now is told and left; at the first message that the store fails for it ends.
/// </summary>
internal sealed partial class QueueChanger(ISpool spool, QueueReader reader, ILogger logger)
{
    private long _changed;
    private long _unchanged;
    private long _claimed;
    private string? _fault;

    public async Task RunAsync(QueueRequest request, QueueAction action, LineWriter answer)
    {
        try
        {
            if (request.Ids.IsEmpty)
            {
                await foreach (var page in reader.PagesAsync(request.Filter, request.Limit, answer.Cancelled))
                {
                    await ChangeAsync([.. page.Select(entry => entry.Message.Id)], action, named: false, answer);
                    if (_fault is not null)
                    {
                        break;
                    }
                }
            }
            else
            {
                await ChangeNamedAsync(request, action, answer);
            }
        }
        finally
        {
            Changed(logger, action, _changed, _claimed);
        }

        await ((_fault ?? reader.Fault) is { } fault ? answer.FaultAsync(fault) : answer.EndAsync(new QueueEnd(_changed, _unchanged, More: false)));
    }

    private async Task ChangeNamedAsync(QueueRequest request, QueueAction action, LineWriter answer)
    {
        foreach (var texts in request.Ids.Chunk(100))
        {
            List<SpoolId> ids = [];
            foreach (var text in texts)
            {
                if (SpoolId.TryParse(text, out var id))
                {
                    ids.Add(id);
                }
                else
                {
                    await answer.WriteAsync([new QueueLine { Missing = text }]);
                }
            }

            answer.Cancelled.ThrowIfCancellationRequested();
            await ChangeAsync(ids, action, named: true, answer);
            if (_fault is not null)
            {
                return;
            }
        }
    }

    private async Task ChangeAsync(List<SpoolId> ids, QueueAction action, bool named, LineWriter answer)
    {
        var outcomes = await Task.WhenAll(ids.Select(id => spool.ChangeAsync(id, action).AsTask()));
        List<QueueLine> lines = [];
        for (var i = 0; i < ids.Count; i++)
        {
            switch (outcomes[i])
            {
                case SpoolOutcome.Done:
                    _changed++;
                    break;

                case SpoolOutcome.ClaimLost:
                    _claimed++;
                    lines.Add(new QueueLine { Claimed = ids[i].ToString() });
                    break;

                // Gone meanwhile, or as it is wanted already.
                case SpoolOutcome.NotFound when named && await spool.FindAsync(ids[i]) is null && reader.Fault is null:
                    lines.Add(new QueueLine { Missing = ids[i].ToString() });
                    break;

                case SpoolOutcome.NotFound:
                    _unchanged++;
                    break;

                default:
                    _fault ??= $"{ids[i]} could not be changed ({outcomes[i]}): {spool.Health.Fault ?? "the spool takes no change"}; {_changed} messages were changed before";
                    break;
            }
        }

        await answer.WriteAsync(lines);
    }

    [LoggerMessage(7301, LogLevel.Information, "Queue tools: {Action} changed {Messages} messages, {Claimed} were being delivered and left")]
    private static partial void Changed(ILogger logger, QueueAction action, long messages, long claimed);
}
