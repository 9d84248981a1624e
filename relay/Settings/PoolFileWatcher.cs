using System.Collections.Immutable;
using RelayOperator.Api;
using RelayOperator.Api.Config;

namespace RelayOperator.Relay.Settings;

/// <summary>
/// Reads the pool's file again whenever it has changed and hands on what is valid; an invalid one is refused with all
/// its faults logged, and the last good one stays in force. Looks at the file rather than waiting for events: editors
/// replace files, Kubernetes swaps symbolic links, and network mounts tell nothing.
/// </summary>
/// <param name="path">The file.</param>
/// <param name="loaded">Its <see cref="FilePrint"/> from before what is in force was read.</param>
/// <param name="apply">Takes over a configuration, or says why not.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Hears what became of each change.</param>
public sealed partial class PoolFileWatcher(
    string path, string loaded, Func<PoolConfig, Task<string?>> apply, TimeProvider time, ILogger<PoolFileWatcher> logger)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(300);

    // File systems tell two writes apart by some milliseconds, or by a second: a file this young may have changed unseen.
    private static readonly TimeSpan Young = TimeSpan.FromSeconds(2);

    private (DateTime Written, long Length)? _seen;
    private PoolConfig? _refused;
    private string _print = loaded;

    /// <summary>Faults of the file as it stands; empty where it is in force.</summary>
    public ImmutableArray<string> Faults { get; private set; } = [];

    /// <summary>Watches until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken))
            {
                if (HasChanged())
                {
                    await LoadAsync();
                }
                else if (_refused is { } config)
                {
                    await TakeAsync(config);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The relay is leaving.
        }
    }

    private bool HasChanged()
    {
        var now = Look(path);
        if (now == _seen && (time.GetUtcNow().UtcDateTime - now.Written).Duration() > Young)
        {
            return false;
        }

        _seen = now;
        var before = _print;
        _print = FilePrint.Of(path);
        return _print != before;
    }

    private async Task LoadAsync()
    {
        _refused = null;
        var result = PoolFile.Load(path);
        if (result.Config is not { } config)
        {
            Faults = [.. result.Faults.Select(fault => fault.ToString())];
            foreach (var fault in Faults)
            {
                Fault(logger, fault);
            }

            Refused(logger, path, Faults.Length);
            return;
        }

        await TakeAsync(config);
    }

    // What is valid and yet refused, a port being taken, may be possible at the next look.
    private async Task TakeAsync(PoolConfig config)
    {
        if (await apply(config) is { } refusal)
        {
            if (_refused is null || Faults is not [var before] || before != refusal)
            {
                Fault(logger, refusal);
                Refused(logger, path, 1);
            }

            _refused = config;
            Faults = [refusal];
            return;
        }

        _refused = null;
        Faults = [];
        Applied(logger, path, config.Hash);
    }

    // A link's own time never changes, so the target's counts.
    private static (DateTime Written, long Length) Look(string path)
    {
        try
        {
            var file = new FileInfo(path);
            var target = file.ResolveLinkTarget(returnFinalTarget: true) as FileInfo ?? file;
            return target.Exists ? (target.LastWriteTimeUtc, target.Length) : default;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return default;
        }
    }

    [LoggerMessage(5001, LogLevel.Information, "Applied {Path}, configuration {Hash}")]
    private static partial void Applied(ILogger logger, string path, string hash);

    [LoggerMessage(5002, LogLevel.Error, "Refused {Path}: {Count} faults, the last good configuration stays in force")]
    private static partial void Refused(ILogger logger, string path, int count);

    [LoggerMessage(5003, LogLevel.Error, "{Fault}")]
    private static partial void Fault(ILogger logger, string fault);
}
