namespace RelayOperator.Relay.Routing;

/// <summary>One transaction in a <see cref="WaitingLine"/>. Either it gets a pick, or it gives up: never both.</summary>
public sealed class HubWaiter(HubRequest request)
{
    private readonly TaskCompletionSource<HubPick> _pick = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public HubRequest Request => request;

    /// <summary>Its place in the line, kept by the line.</summary>
    public LinkedListNode<HubWaiter>? Place { get; set; }

    /// <summary>Hands over a pick; false where the transaction has given up: then the pick is the caller's to undo.</summary>
    public bool TryGive(HubPick pick) => _pick.TrySetResult(pick);

    /// <summary>Waits; a pick that comes in the very moment of giving up is taken.</summary>
    public async Task<HubPick> WaitAsync(TimeSpan limit, TimeProvider time, CancellationToken cancellationToken)
    {
        try
        {
            return await _pick.Task.WaitAsync(limit, time, cancellationToken);
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException)
        {
            return TryGive(NoHubReason.Busy) ? NoHubReason.Busy : await _pick.Task;
        }
    }
}
