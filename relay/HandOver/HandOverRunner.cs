using System.Collections.Concurrent;
using RelayOperator.Api.Config;
using RelayOperator.Relay.Queue;
using RelayOperator.Relay.Routing;
using RelayOperator.Relay.Spool;
using RelayOperator.Relay.Spool.Sqlite;
using RelayOperator.Relay.Tools;

namespace RelayOperator.Relay.HandOver;

/// <summary>
/// Empties the spool of a pod that is to go into those of its peers, as far as no hub takes its mail now; meanwhile new mail
/// without a hub goes to a peer at once. Contract: a message is deleted here when a peer has it on disk, and never before. A
/// crash of this pod between the peer's answer and the deletion may make a duplicate.
/// </summary>
internal sealed class HandOverRunner(QueueServices services, SqliteSpool spool, HandOverPeers peers, HandOverLog log) : IAsyncDisposable
{
    private const int AtOnce = 8;
    private const int PageSize = 200;
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(0.5);
    private static readonly TimeSpan AskAgain = TimeSpan.FromMinutes(1);

    private readonly CancellationTokenSource _ending = new();
    private readonly ConcurrentDictionary<SpoolId, long> _refused = new();
    private Task _running = Task.CompletedTask;

    public void Start() => _running = RunAsync();

    /// <summary>Hands nothing more over.</summary>
    public async Task StopAsync()
    {
        await _ending.CancelAsync();
        await _running;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        peers.Dispose();
        _ending.Dispose();
    }

    private async Task RunAsync()
    {
        await Task.Yield();
        while (!_ending.IsCancellationRequested)
        {
            var wanted = Wanted;
            peers.Update(wanted);
            services.Door.KeepAtPeer = peers.AreThere ? peers.KeepAsync : null;
            try
            {
                if (wanted is null)
                {
                    _refused.Clear();
                }
                else if (spool.Statistics.Messages != 0 && spool.Health.IsGood)
                {
                    await EmptyAsync(wanted);
                }
            }
            catch (OperationCanceledException) when (_ending.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                log.Broken(e); // A bug: what was claimed is released, and looked at again.
            }

            await Task.Delay(Look, services.Time, _ending.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    // The pool's key and the peers, while this pod is to go and some stay.
    private HandOverConfig? Wanted =>
        services.Pool().Assignment is { Draining: true, Closing: false, HandOver: { Peers.IsEmpty: false } handOver } ? handOver : null;

    private async Task EmptyAsync(HandOverConfig wanted)
    {
        var after = default(SpoolId);
        while (await spool.ListAsync(new QueueFilter(), after, PageSize) is { Count: > 0 } page)
        {
            var routes = services.Pool().Routes;
            await Parallel.ForEachAsync(
                page.Where(entry => IsToGo(entry, routes)),
                new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = _ending.Token },
                async (entry, _) =>
                {
                    if (ReferenceEquals(Wanted, wanted) && peers.AreThere)
                    {
                        await HandOverAsync(entry.Message.Id);
                    }
                });
            if (!ReferenceEquals(Wanted, wanted) || !peers.AreThere)
            {
                return; // It is to stay after all, others are its peers now, or none takes anything.
            }

            after = page[^1].Message.Id;
        }
    }

    // What is due and has a hub is the queue's to deliver; what hangs between a hub's verdicts is claimed.
    private bool IsToGo(QueueEntry entry, RouteTable routes)
    {
        if (_refused.TryGetValue(entry.Message.Id, out var since) && services.Time.GetElapsedTime(since) < AskAgain)
        {
            return false;
        }

        var now = services.Time.GetUtcNow();
        foreach (var recipient in entry.Recipients)
        {
            if (recipient.State is RecipientState.Suspect or RecipientState.Damaged or RecipientState.Inactive or RecipientState.InDoubt
                || (recipient.State == RecipientState.Waiting && recipient.Due <= now && routes.Named(recipient.Route) is not { HasHub: false }))
            {
                return false;
            }
        }

        return true;
    }

    private async Task HandOverAsync(SpoolId id)
    {
        if (await spool.ClaimAsync(id) is not { } claim)
        {
            return;
        }

        var isKept = true;
        try
        {
            var envelope = QueuedMessage.Of(new QueueEntry(claim.Message, claim.Recipients, (await spool.FindAsync(id))?.Attempts ?? []));
            var (result, peer) = await peers.OfferAsync(id, () => new HandOverContent(envelope, write => CopyAsync(claim, write)), _ending.Token);
            if (result == HandOverResult.Taken)
            {
                isKept = !await LetGoAsync(claim, peer);
            }
            else if (result == HandOverResult.Refused)
            {
                _refused[id] = services.Time.GetTimestamp();
            }
        }
        finally
        {
            if (isKept)
            {
                await spool.ReleaseAsync(claim);
            }
        }
    }

    // False where the store could not delete it until the end: the peer knows it, and says so when it is asked again.
    private async Task<bool> LetGoAsync(SpoolClaim claim, string peer)
    {
        List<RecipientResult> results = [.. claim.Recipients.Select(static recipient => new RecipientResult(recipient.Number, null))];
        if (await services.Door.SettleAsync(new Settlement(claim, results) { IsHandedOver = true }) != SpoolOutcome.Done)
        {
            return false;
        }

        log.HandedOver(claim.Message.Id, peer, claim.Recipients.Count);
        if (services.Tracking is { } tracking)
        {
            QueueTracking.AddHandOver(tracking, claim, peer, services.Time.GetUtcNow());
        }

        return true;
    }

    private async ValueTask<bool> CopyAsync(SpoolClaim claim, Func<ReadOnlyMemory<byte>, ValueTask<bool>> write)
    {
        for (var k = 0; k < claim.Message.Chunks; k++)
        {
            var chunk = k == 0 && !claim.FirstChunk.IsEmpty ? claim.FirstChunk : await spool.ReadAsync(claim.Message.Id, k);
            if (chunk.IsEmpty || !await write(chunk))
            {
                return false;
            }
        }

        return true;
    }
}
