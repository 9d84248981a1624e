using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using RelayOperator.Operator.Cluster;

namespace RelayOperator.Operator.Leading;

/// <summary>
/// One leader among the operator's processes, by a Lease. Contract: <see cref="RunAsync"/> returns when the Lease was held
/// and is lost, or on cancellation, having given it up then; the process ends after it, since what it believes about the
/// cluster may be old. A Lease of another is taken only when it was seen unchanged for its whole duration by this
/// process's own clock: clocks of machines differ.
/// </summary>
/// <param name="client">The API server; its writes are not subject to <paramref name="leadership"/>.</param>
/// <param name="key">The Lease.</param>
/// <param name="identity">This process.</param>
/// <param name="leadership">What is told to those who write.</param>
/// <param name="times">The times.</param>
/// <param name="time">The clock.</param>
/// <param name="random">For jitter.</param>
/// <param name="logger">Hears of changes.</param>
public sealed partial class LeaderElection(
    ClusterClient client,
    ObjectKey key,
    string identity,
    Leadership leadership,
    LeaseTimes times,
    TimeProvider time,
    Random random,
    ILogger<LeaderElection> logger)
{
    private const string TimeFormat = "yyyy-MM-ddTHH:mm:ss.ffffffZ";
    private const int MostReleases = 3;

    private readonly TaskCompletionSource _elected = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private string _seen = "";
    private long _seenAt;
    private TimeSpan _asked;

    /// <summary>Completes when this process leads for the first time.</summary>
    public Task Elected => _elected.Task;

    /// <summary>Tries to lead, and leads for as long as it can.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            var began = time.GetTimestamp();
            var holds = await TryHoldAsync(cancellationToken);
            // Once lost it stays lost, though the Lease may still be had: those who wrote meanwhile were refused.
            if (_elected.Task.IsCompleted && !leadership.IsHeld)
            {
                Lost(logger, identity);
                return;
            }

            if (holds)
            {
                leadership.Renewed(began, times.RenewDeadline);
                if (_elected.TrySetResult())
                {
                    Leads(logger, identity);
                }
            }

            var pause = times.Retry * (0.9 + (0.2 * random.NextDouble()));
            await Task.Delay(pause < _asked ? _asked : pause, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await GiveUpAsync();
    }

    private async Task<bool> TryHoldAsync(CancellationToken cancellationToken)
    {
        _asked = TimeSpan.Zero;
        try
        {
            using var limit = new CancellationTokenSource(times.RenewDeadline, time);
            using var linked = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
            var lease = await client.GetAsync(ResourceKind.Lease, key, linked.Token);
            if (lease is null)
            {
                await client.CreateAsync(ResourceKind.Lease, key.Namespace, Mine(null, 0), linked.Token);
                return true;
            }

            var holder = Text(lease.Value, "holderIdentity");
            if (holder != identity && holder.Length != 0 && !HasRunOut(lease.Value))
            {
                return false;
            }

            var transitions = lease.Value.GetProperty("spec").TryGetProperty("leaseTransitions", out var count) ? count.GetInt32() : 0;
            await client.ReplaceAsync(ResourceKind.Lease, key, Mine(lease, holder == identity ? transitions : transitions + 1), linked.Token);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
        catch (ClusterException e)
        {
            _asked = e.RetryAfter;
            if (!e.IsConflict)
            {
                Failed(logger, e.Message);
            }

            return false;
        }
    }

    // By what this process has seen for how long: whatever the other's clock writes into it.
    private bool HasRunOut(JsonElement lease)
    {
        var version = lease.GetProperty("metadata").GetProperty("resourceVersion").GetString()!;
        if (version != _seen)
        {
            _seen = version;
            _seenAt = time.GetTimestamp();
        }

        var seconds = lease.GetProperty("spec").TryGetProperty("leaseDurationSeconds", out var given) ? given.GetInt32() : times.Duration.TotalSeconds;
        return time.GetElapsedTime(_seenAt).TotalSeconds >= seconds;
    }

    private JsonObject Mine(JsonElement? before, int transitions)
    {
        var now = time.GetUtcNow().UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture);
        var metadata = new JsonObject { ["name"] = key.Name, ["namespace"] = key.Namespace };
        var acquired = now;
        if (before is { } lease)
        {
            metadata["resourceVersion"] = lease.GetProperty("metadata").GetProperty("resourceVersion").GetString();
            acquired = Text(lease, "holderIdentity") == identity ? Text(lease, "acquireTime") : now;
        }

        return new JsonObject
        {
            ["apiVersion"] = ResourceKind.Lease.ApiVersion,
            ["kind"] = ResourceKind.Lease.Kind,
            ["metadata"] = metadata,
            ["spec"] = new JsonObject
            {
                ["holderIdentity"] = identity,
                ["leaseDurationSeconds"] = (int)times.Duration.TotalSeconds,
                ["acquireTime"] = acquired,
                ["renewTime"] = now,
                ["leaseTransitions"] = transitions,
            },
        };
    }

    // So that a standby need not wait until the Lease has run out.
    private async Task GiveUpAsync()
    {
        var held = leadership.IsHeld;
        leadership.Resign();
        for (var tries = 1; held; tries++)
        {
            try
            {
                await ReleaseAsync();
                return;
            }
            catch (ClusterException e) when (e.IsConflict && tries < MostReleases)
            {
                // A renewal of its own was still on its way.
            }
            catch (ClusterException e)
            {
                Failed(logger, e.Message);
                return;
            }
        }
    }

    private async Task ReleaseAsync()
    {
        var lease = await client.GetAsync(ResourceKind.Lease, key, CancellationToken.None);
        if (lease is { } mine && Text(mine, "holderIdentity") == identity)
        {
            var free = JsonNode.Parse(mine.GetRawText())!.AsObject();
            free["spec"]!["holderIdentity"] = "";
            free["spec"]!["leaseDurationSeconds"] = 1;
            await client.ReplaceAsync(ResourceKind.Lease, key, free, CancellationToken.None);
        }
    }

    private static string Text(JsonElement lease, string name) =>
        lease.TryGetProperty("spec", out var spec) && spec.TryGetProperty(name, out var value) ? value.GetString() ?? "" : "";

    [LoggerMessage(1201, LogLevel.Information, "{Identity} leads")]
    private static partial void Leads(ILogger logger, string identity);

    [LoggerMessage(1202, LogLevel.Error, "{Identity} leads no more: the Lease could not be renewed in time")]
    private static partial void Lost(ILogger logger, string identity);

    [LoggerMessage(1203, LogLevel.Warning, "The Lease could not be read or written: {Message}")]
    private static partial void Failed(ILogger logger, string message);
}
