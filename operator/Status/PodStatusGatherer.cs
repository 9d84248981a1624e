using System.Collections.Concurrent;
using System.Text.Json;
using RelayOperator.Operator.Cluster;
using RelayOperator.Operator.Gather;
using RelayOperator.Operator.Queue;
using RelayOperator.Operator.Reconciling;
using RelayOperator.Operator.Watching;

namespace RelayOperator.Operator.Status;

/// <summary>
/// What relay pods say of themselves. Contract: each pod is asked in turn, some at a time, when it changed, every so often,
/// and more often while news are expected of it: that it took a configuration, or that it may be removed; an answer is kept
/// only for the pod that gave it; no answer is a fact, not an error.
/// </summary>
/// <param name="view">The pods.</param>
/// <param name="http">Asks them.</param>
/// <param name="address">Where a pod's status is, by the pod's address.</param>
/// <param name="every">How often each is asked; jittered.</param>
/// <param name="queue">The pods that are to be asked.</param>
/// <param name="metrics">Hears of each.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Hears of failures.</param>
public sealed class PodStatusGatherer(
    ClusterView view,
    HttpClient http,
    Func<string, Uri> address,
    TimeSpan every,
    WorkQueue<ObjectKey> queue,
    ReconcileMetrics metrics,
    TimeProvider time,
    ILogger logger)
{
    private const int AtATime = 32;
    private const int MostBytes = 1024 * 1024;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan FirstLook = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LeavingEvery = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly Random _random = new();
    private readonly ConcurrentDictionary<ObjectKey, (string Uid, PodAnswer? Answer)> _answers = new();
    private readonly ConcurrentDictionary<ObjectKey, (long Sequence, int Looks)> _expected = new();

    /// <summary>A pod says something else than before, or nothing any more.</summary>
    public event Action<ObjectKey>? Changed;

    /// <summary>The pod's last answer; null where it gave none.</summary>
    public PodAnswer? AnswerOf(ObjectMeta pod) =>
        _answers.TryGetValue(pod.Key, out var known) && known.Uid == pod.Uid ? known.Answer : null;

    /// <summary>Has a pod asked now.</summary>
    public void Ask(ObjectKey pod) => queue.Add(pod);

    /// <summary>Has a pod asked again, ever less often, until it has taken the configuration of that number.</summary>
    public void Expect(ObjectKey pod, long sequence)
    {
        if (!_expected.TryGetValue(pod, out var known) || known.Sequence != sequence)
        {
            _expected[pod] = (sequence, 0);
            queue.AddAfter(pod, FirstLook);
        }
    }

    public Task RunAsync(CancellationToken cancellationToken) =>
        new ReconcileLoop<ObjectKey>(queue, AskAsync, AtATime, metrics.Of("podstatus", AtATime), time, logger).RunAsync(cancellationToken);

    private async Task<TimeSpan?> AskAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        if (view.Pods.Find(key) is not { } pod)
        {
            _answers.TryRemove(key, out _);
            _expected.TryRemove(key, out _);
            return null;
        }

        var ip = pod.Value.Ip;
        var answer = ip.Length == 0 ? null : await AnswerAsync(ip, cancellationToken);
        // An address may have passed to another pod since.
        if (answer is not null && answer.PodUid != pod.Meta.Uid)
        {
            answer = null;
        }

        var before = _answers.GetValueOrDefault(key).Answer;
        var isSame = answer is null ? before is null : before is not null && answer.SaysTheSameAs(before);
        // An answer that says the same stays the same object, by which others see that it is.
        _answers[key] = (pod.Meta.Uid, isSame && answer?.HiddenClients.SequenceEqual(before!.HiddenClients) != false ? before : answer);
        if (!isSame)
        {
            Changed?.Invoke(key);
        }

        return Next(key, answer);
    }

    private TimeSpan Next(ObjectKey pod, PodAnswer? answer)
    {
        var usual = every * (0.8 + (0.4 * Jitter()));
        if (answer is { Draining: true, DrainToken: null } && LeavingEvery < usual)
        {
            return LeavingEvery;
        }

        if (!_expected.TryGetValue(pod, out var expected))
        {
            return usual;
        }

        if (answer?.Sequence >= expected.Sequence)
        {
            _expected.TryRemove(pod, out _);
            return usual;
        }

        _expected[pod] = expected with { Looks = expected.Looks + 1 };
        var soon = FirstLook * Math.Pow(2, Math.Min(expected.Looks, 16));
        return soon < usual ? soon : usual;
    }

    private double Jitter()
    {
        lock (_lock)
        {
            return _random.NextDouble();
        }
    }

    private async Task<PodAnswer?> AnswerAsync(string ip, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(Patience, time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            using var response = await http.GetAsync(address(ip), HttpCompletionOption.ResponseHeadersRead, linked.Token);
            if (!response.IsSuccessStatusCode)
            {
                return null;
            }

            await response.Content.LoadIntoBufferAsync(MostBytes, linked.Token);
            using var document = JsonDocument.Parse(await response.Content.ReadAsByteArrayAsync(linked.Token));
            return PodAnswerReading.Read(document.RootElement);
        }
        catch (Exception e) when (e is HttpRequestException or IOException or JsonException or InvalidOperationException
            || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return null;
        }
    }
}
