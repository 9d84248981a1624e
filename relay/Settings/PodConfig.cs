using System.Collections.Immutable;
using System.Security.Cryptography;
using RelayOperator.Api.Config;
using RelayOperator.Relay.Server;

namespace RelayOperator.Relay.Settings;

/// <summary>
/// Decides what is in force in this pod. Contract: only a whole, valid configuration of the same pool replaces another,
/// and never one with a lower sequence; whatever else is offered leaves the last good one in force and its faults here.
/// One change at a time.
/// </summary>
public sealed partial class PodConfig(PodSettings pod, ILogger<PodConfig> logger) : IDisposable
{
    /// <summary>Names of the two sources.</summary>
    public const string Secret = "Secret";

    public const string Mount = "mounted Secret";

    private readonly SemaphoreSlim _changing = new(1, 1);
    private readonly TaskCompletionSource _first = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Func<PoolConfig, PodAssignment, Task<string?>>? _apply;
    private RenderedPool? _current;
    private RenderedPool? _refused;
    private byte[] _seen = [];

    /// <summary>Faults of what was offered last; empty where it is in force.</summary>
    public ImmutableArray<string> Faults { get; private set; } = [];

    /// <summary>Ends when there is something to serve.</summary>
    public Task First => _first.Task;

    /// <summary>What is in force; null before <see cref="First"/> has ended.</summary>
    public RenderedPool? Current => _current;

    /// <summary>A pool as this pod serves it.</summary>
    public PoolConfig ConfigOf(RenderedPool pool) => pool.ConfigFor(pod.PodName, pod.NodeName);

    /// <summary>What a pool wants of this pod.</summary>
    public PodAssignment AssignmentOf(RenderedPool pool)
    {
        var draining = pool.Draining.Contains(pod.PodName, StringComparer.Ordinal);
        return new(pod.PodName, pod.PodUid, pool.Sequence, draining, Closing: draining && pool.Deleted) { HandOver = pool.HandOver };
    }

    /// <summary>From now on what is accepted is applied, beginning with what was accepted after <paramref name="served"/>.</summary>
    public async Task ServeAsync(RenderedPool served, Func<PoolConfig, PodAssignment, Task<string?>> apply)
    {
        await _changing.WaitAsync();
        try
        {
            _apply = apply;
            if (!ReferenceEquals(_current, served))
            {
                var latest = _current!;
                _current = served;
                await TakeAsync(latest, Secret);
            }
        }
        finally
        {
            _changing.Release();
        }
    }

    /// <summary>Takes what a source holds, if it may.</summary>
    /// <param name="content">The content of pool.json; null where there is none.</param>
    /// <param name="source">Where it comes from, for the log.</param>
    public async Task OfferAsync(byte[]? content, string source)
    {
        await _changing.WaitAsync();
        try
        {
            await JudgeAsync(content, source);
        }
        finally
        {
            _changing.Release();
        }
    }

    /// <summary>Tries again what is valid and could not be done, a port being taken.</summary>
    public async Task RetryAsync()
    {
        await _changing.WaitAsync();
        try
        {
            if (_refused is { } refused)
            {
                await TakeAsync(refused, Secret);
            }
        }
        finally
        {
            _changing.Release();
        }
    }

    public void Dispose() => _changing.Dispose();

    private async Task JudgeAsync(byte[]? content, string source)
    {
        if (content is null)
        {
            _seen = [];
            _refused = null;
            Refuse([$"the {source} holds no {RenderedPool.Key}"], source);
            return;
        }

        // The Secret's metadata may change, and a list tells again what is known.
        var print = SHA256.HashData(content);
        if (print.AsSpan().SequenceEqual(_seen))
        {
            return;
        }

        _seen = print;
        _refused = null;
        var (pool, faults) = PoolConfigJson.Parse(content);
        if (pool is null)
        {
            Refuse(faults, source);
        }
        else if (_current is { } current && pool.Sequence < current.Sequence)
        {
            Refuse([$"{RenderedPool.Key}: sequence: found {pool.Sequence}; allowed: at least {current.Sequence}, which is in force"], source);
        }
        else
        {
            await TakeAsync(pool, source);
        }
    }

    private async Task TakeAsync(RenderedPool pool, string source)
    {
        if (_apply is not null && await _apply(ConfigOf(pool), AssignmentOf(pool)) is { } refusal)
        {
            if (_refused is null || Faults is not [var before] || before != refusal)
            {
                Refuse([refusal], source);
            }

            _refused = pool;
            return;
        }

        _refused = null;
        _current = pool;
        Faults = [];
        Applied(logger, source, pool.Sequence, pool.Config.Hash);
        _first.TrySetResult();
    }

    private void Refuse(ImmutableArray<string> faults, string source)
    {
        Faults = faults;
        foreach (var fault in faults)
        {
            Fault(logger, fault);
        }

        Refused(logger, source, faults.Length);
    }

    [LoggerMessage(5021, LogLevel.Information, "Took sequence {Sequence} from the {Source}, configuration {Hash}")]
    private static partial void Applied(ILogger logger, string source, long sequence, string hash);

    [LoggerMessage(5022, LogLevel.Error, "Refused what the {Source} holds: {Count} faults, the last good configuration stays in force")]
    private static partial void Refused(ILogger logger, string source, int count);

    [LoggerMessage(5023, LogLevel.Error, "{Fault}")]
    private static partial void Fault(ILogger logger, string fault);
}
