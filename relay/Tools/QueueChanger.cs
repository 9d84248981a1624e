using RelayOperator.Relay.Queue;
using RelayOperator.Relay.Spool;
using RelayOperator.Relay.Tracking;

namespace RelayOperator.Relay.Tools;

/// <summary>
/// Carries out <c>retry</c>, <c>hold</c>, <c>release</c> and <c>delete</c>, a page of messages at a time, which share commits.
/// What is being delivered right now is told and left; at the first message that the store fails for it ends.
/// </summary>
internal sealed partial class QueueChanger(SpoolDoor door, QueueReader reader, TrackingLog? tracking, ILogger logger)
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
                    await ChangeAsync(page, action, answer);
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
            answer.Cancelled.ThrowIfCancellationRequested();
            List<QueueEntry> entries = [];
            foreach (var text in texts)
            {
                if (SpoolId.TryParse(text, out var id) && await door.Spool.FindAsync(id) is { } entry)
                {
                    entries.Add(entry);
                }
                else if ((_fault = reader.Fault) is null)
                {
                    await answer.WriteAsync([new QueueLine { Missing = text }]);
                }
            }

            await ChangeAsync(entries, action, answer);
            if (_fault is not null)
            {
                return;
            }
        }
    }

    private async Task ChangeAsync(IReadOnlyList<QueueEntry> entries, QueueAction action, LineWriter answer)
    {
        var outcomes = await Task.WhenAll(entries.Select(entry => door.Spool.ChangeAsync(entry.Message.Id, action).AsTask()));
        List<QueueLine> lines = [];
        for (var i = 0; i < entries.Count; i++)
        {
            var id = entries[i].Message.Id;
            switch (outcomes[i])
            {
                case SpoolOutcome.Done:
                    _changed++;
                    if (tracking is not null)
                    {
                        QueueTracking.AddChange(tracking, entries[i], action, door.Retries.Now);
                    }

                    break;

                case SpoolOutcome.ClaimLost:
                    _claimed++;
                    lines.Add(new QueueLine { Claimed = id.ToString() });
                    break;

                // As it is wanted already, or gone in this moment.
                case SpoolOutcome.NotFound:
                    _unchanged++;
                    break;

                default:
                    _fault ??= $"{id} could not be changed ({outcomes[i]}): {door.Spool.Health.Fault ?? "the spool takes no change"}; {_changed} messages were changed before";
                    break;
            }
        }

        await answer.WriteAsync(lines);
    }

    [LoggerMessage(7301, LogLevel.Information, "Queue tools: {Action} changed {Messages} messages, {Claimed} were being delivered and left")]
    private static partial void Changed(ILogger logger, QueueAction action, long messages, long claimed);
}
