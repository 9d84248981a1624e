using System.Collections.Concurrent;
using System.Collections.Immutable;
using RelayOperator.Api.Config;
using RelayOperator.Relay.Admin;
using RelayOperator.Relay.Spool;
using RelayOperator.Relay.Tools;

namespace RelayOperator.Relay.HandOver;

/// <summary>
/// The pods that take mail of this one while it is to go. Contract: where a peer may have a message, only that peer is
/// asked again, as long as it is one; a peer that takes nothing rests for a while. Thread-safe.
/// </summary>
internal sealed class HandOverPeers(RelayMetrics metrics, HandOverLog log, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(5);

    // Stored mail has time; of new mail a client waits for the answer, and gives up after 30 s at the earliest.
    private static readonly TimeSpan PatienceWithStored = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan PatienceWithNew = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<SpoolId, string> _unsure = new();
    private readonly ConcurrentDictionary<string, long> _resting = new(StringComparer.Ordinal);
    private HandOverConfig? _config;
    private HandOverClient? _client;

    /// <summary>Why mail is not taken over; null where it is, or none has to be.</summary>
    public string? Fault { get; private set; }

    /// <summary>Some peer is to be asked now.</summary>
    public bool AreThere => Volatile.Read(ref _config) is { } config && config.Peers.Keys.Any(IsAwake);

    /// <summary>Who they are from now on; null for nobody, since this pod stays.</summary>
    public void Update(HandOverConfig? config)
    {
        if (ReferenceEquals(config, _config))
        {
            return;
        }

        if (config is not null && _client?.CertificatePem != config.CertificatePem)
        {
            Volatile.Write(ref _client, new HandOverClient(config, time)); // The one before may be in use: it goes with its connections.
        }

        if (config is null)
        {
            (Fault, _) = (null, 0);
            _resting.Clear();
        }

        Volatile.Write(ref _config, config);
    }

    /// <summary>Offers a message to peers until one takes it.</summary>
    /// <param name="id">The message.</param>
    /// <param name="content">The message as it is sent, made anew for each peer.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public Task<(HandOverResult Result, string Peer)> OfferAsync(SpoolId id, Func<HandOverContent> content, CancellationToken cancellationToken) =>
        OfferAsync(id, content, PatienceWithStored, cancellationToken);

    /// <summary>Has a message kept by a peer that was never in this pod's spool; false where none does.</summary>
    public async ValueTask<bool> KeepAsync(
        SpoolMessage message, IReadOnlyList<SpoolRecipient> recipients, Func<Func<ReadOnlyMemory<byte>, ValueTask<bool>>, ValueTask<bool>> copy)
    {
        var envelope = QueuedMessage.Of(new QueueEntry(message, recipients, []));
        for (var tries = 0; tries < 2; tries++)
        {
            var (result, peer) = await OfferAsync(message.Id, () => new HandOverContent(envelope, copy), PatienceWithNew, CancellationToken.None);
            if (result == HandOverResult.Taken)
            {
                log.Kept(message.Id, peer, recipients.Count);
                return true;
            }

            if (result != HandOverResult.Unknown)
            {
                return false;
            }

            _resting.TryRemove(peer, out _); // The client waits: it is asked at once whether it has it.
        }

        _unsure.TryRemove(message.Id, out _);
        metrics.PossibleDuplicate();
        return false;
    }

    public void Dispose() => _client?.Dispose();

    private async Task<(HandOverResult Result, string Peer)> OfferAsync(SpoolId id, Func<HandOverContent> content, TimeSpan patience, CancellationToken cancellationToken)
    {
        var result = HandOverResult.Unavailable;
        if (Volatile.Read(ref _config) is not { } config)
        {
            return (result, "");
        }

        foreach (var peer in InTurn(id, config))
        {
            if (!IsAwake(peer))
            {
                continue;
            }

            using var sent = content();
            (result, var reason) = await Volatile.Read(ref _client)!.SendAsync(config.Peers[peer], sent, patience, cancellationToken);
            switch (result)
            {
                case HandOverResult.Taken:
                    Fault = null;
                    _unsure.TryRemove(id, out _);
                    metrics.HandedOver();
                    return (result, peer);

                case HandOverResult.Unknown:
                    _unsure[id] = peer;
                    LetRest(peer, reason);
                    return (result, peer);

                case HandOverResult.Unavailable:
                    LetRest(peer, reason);
                    break;

                case HandOverResult.Refused:
                    Fault = $"{id}: {peer} does not take it: {reason}";
                    log.Refused(id, peer, reason);
                    break;

                default:
                    return (result, peer);
            }
        }

        return (result, "");
    }

    // Each message has its own order of peers, the same each time: they share the mail, and one that was asked before is asked again.
    private IEnumerable<string> InTurn(SpoolId id, HandOverConfig config)
    {
        if (_unsure.TryGetValue(id, out var unsure))
        {
            if (config.Peers.ContainsKey(unsure))
            {
                return [unsure];
            }

            _unsure.TryRemove(id, out _);
            metrics.PossibleDuplicate();
            log.PeerGone(id, unsure);
        }

        ImmutableArray<string> peers = [.. config.Peers.Keys];
        var first = peers.IsEmpty ? 0 : (int)(((ulong)id.Number * 0x9E3779B97F4A7C15 >> 32) % (uint)peers.Length);
        return [.. peers[first..], .. peers[..first]];
    }

    private bool IsAwake(string peer) => !_resting.TryGetValue(peer, out var since) || time.GetElapsedTime(since) > Rest;

    private void LetRest(string peer, string reason)
    {
        Fault = $"{peer}: {reason}";
        _resting[peer] = time.GetTimestamp();
        log.Unavailable(peer, reason);
    }
}
