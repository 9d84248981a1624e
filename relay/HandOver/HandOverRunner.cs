using System.Collections.Concurrent;
using System.Collections.Immutable;
using RelayOperator.Api.Config;
using RelayOperator.Relay.Admin;
using RelayOperator.Relay.Queue;
using RelayOperator.Relay.Routing;
using RelayOperator.Relay.Spool;
using RelayOperator.Relay.Spool.Sqlite;

namespace RelayOperator.Relay.HandOver;

/// <summary>
/// Empties the spool of a pod that is to go into those of its peers, as far as no hub takes its mail now. Contract: a
/// message is deleted here when a peer has it on disk, and never before; where a peer may have it, only that peer is asked
/// again, as long as it is one. A crash of this pod between the peer's answer and the deletion may make a duplicate.
/// </summary>
internal sealed class HandOverRunner(QueueServices services, SqliteSpool spool, RelayMetrics metrics, HandOverLog log) : IAsyncDisposable
{
    private const int AtOnce = 8;
    private const int PageSize = 200;
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan AskAgain = TimeSpan.FromMinutes(1);

    private readonly CancellationTokenSource _ending = new();
    private readonly ConcurrentDictionary<SpoolId, string> _unsure = new();
    private readonly ConcurrentDictionary<SpoolId, long> _refused = new();
    private readonly ConcurrentDictionary<string, long> _resting = new(StringComparer.Ordinal);
    private HandOverClient? _client;
    private Task _running = Task.CompletedTask;

    /// <summary>Why mail that no hub takes is not handed over; null where it is, or nothing of it has to be.</summary>
    public string? Fault { get; private set; }

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
        _client?.Dispose();
        _ending.Dispose();
    }

    private async Task RunAsync()
    {
        await Task.Yield();
        while (!_ending.IsCancellationRequested)
        {
            if (spool.Statistics.Messages != 0 && spool.Health.IsGood && Wanted is { } wanted)
            {
                try
                {
                    await EmptyAsync(wanted);
                }
                catch (Exception e) when (e is not OperationCanceledException)
                {
                    log.Broken(e); // A bug: what was claimed is released, and looked at again.
                }
                catch (OperationCanceledException)
                {
                    // The relay ends.
                }
            }
            else
            {
                Fault = null;
                _resting.Clear();
                _refused.Clear();
            }

            await Task.Delay(Look, services.Time, _ending.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    // The pool's key and the peers, while this pod is to go and some stay.
    private HandOverConfig? Wanted =>
        services.Pool().Assignment is { Draining: true, Closing: false, HandOver: { Peers.IsEmpty: false } handOver } ? handOver : null;

    private async Task EmptyAsync(HandOverConfig handOver)
    {
        if (_client?.Key.CertificatePem != handOver.CertificatePem)
        {
            _client?.Dispose();
            _client = new HandOverClient(HandOverKey.Of(handOver), services.Time);
        }

        var after = default(SpoolId);
        while (await spool.ListAsync(new QueueFilter(), after, PageSize) is { Count: > 0 } page)
        {
            var routes = services.Pool().Routes;
            await Parallel.ForEachAsync(
                page.Where(entry => IsToGo(entry, routes)),
                new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = _ending.Token },
                async (entry, _) => await HandOverAsync(entry.Message.Id, handOver));
            if (!ReferenceEquals(Wanted, handOver) || !handOver.Peers.Keys.Any(IsAwake))
            {
                return;
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

    private async Task HandOverAsync(SpoolId id, HandOverConfig handOver)
    {
        foreach (var peer in PeersFor(id, handOver))
        {
            if (!ReferenceEquals(Wanted, handOver))
            {
                return; // It is to stay after all, or others are its peers now.
            }

            if (IsAwake(peer) && await TryAsync(id, peer, handOver.Peers[peer]))
            {
                return;
            }
        }
    }

    // True where no other peer is to be tried.
    private async Task<bool> TryAsync(SpoolId id, string peer, string address)
    {
        if (await spool.ClaimAsync(id) is not { } claim)
        {
            return true;
        }

        var isKept = true;
        try
        {
            var attempts = (await spool.FindAsync(id))?.Attempts ?? [];
            using var content = new HandOverContent(spool, claim, attempts);
            var (result, reason) = await _client!.SendAsync(address, content, _ending.Token);
            switch (result)
            {
                case HandOverResult.Taken:
                    isKept = false;
                    await LetGoAsync(claim, peer);
                    return true;

                case HandOverResult.Unknown:
                    _unsure[id] = peer;
                    LetRest(peer, reason);
                    return true;

                case HandOverResult.Unavailable:
                    LetRest(peer, reason);
                    return false;

                case HandOverResult.Refused:
                    Fault = $"{id}: {peer} does not take it: {reason}";
                    _refused[id] = services.Time.GetTimestamp();
                    log.Refused(id, peer, reason);
                    return false;

                default:
                    return true;
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

    private async Task LetGoAsync(SpoolClaim claim, string peer)
    {
        var id = claim.Message.Id;
        List<RecipientResult> results = [.. claim.Recipients.Select(static recipient => new RecipientResult(recipient.Number, null))];
        var outcome = await services.Door.SettleAsync(new Settlement(claim, results) { IsHandedOver = true });
        if (outcome != SpoolOutcome.Done)
        {
            // The peer knows it, and says so when it is asked again.
            await spool.ReleaseAsync(claim);
            return;
        }

        Fault = null;
        _unsure.TryRemove(id, out _);
        metrics.HandedOver();
        log.HandedOver(id, peer, claim.Recipients.Count);
        if (services.Tracking is { } tracking)
        {
            QueueTracking.AddHandOver(tracking, claim, peer, services.Time.GetUtcNow());
        }
    }

    // Each message has its own order of peers, the same each time: they share the mail, and one that was asked before is asked again.
    private IEnumerable<string> PeersFor(SpoolId id, HandOverConfig handOver)
    {
        if (_unsure.TryGetValue(id, out var unsure))
        {
            if (handOver.Peers.ContainsKey(unsure))
            {
                return [unsure];
            }

            _unsure.TryRemove(id, out _);
            metrics.PossibleDuplicate();
            log.PeerGone(id, unsure);
        }

        ImmutableArray<string> peers = [.. handOver.Peers.Keys];
        var first = (int)(((ulong)id.Number * 0x9E3779B97F4A7C15 >> 32) % (uint)peers.Length);
        return [.. peers[first..], .. peers[..first]];
    }

    private bool IsAwake(string peer) => !_resting.TryGetValue(peer, out var since) || services.Time.GetElapsedTime(since) > Rest;

    private void LetRest(string peer, string reason)
    {
        Fault = $"{peer}: {reason}";
        _resting[peer] = services.Time.GetTimestamp();
        log.Unavailable(peer, reason);
    }
}
