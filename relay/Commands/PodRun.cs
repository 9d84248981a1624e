using RelayOperator.Relay.Admin;
using RelayOperator.Relay.Hubs;
using RelayOperator.Relay.Settings;

namespace RelayOperator.Relay.Commands;

/// <summary>
/// <c>relay run</c> in a pod: starts with the mounted copy, follows the Secret, and leaves so that the VIP loses no
/// connection.
/// </summary>
internal static class PodRun
{
    private const int Failed = 1;
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(500);

    public static async Task<int> RunAsync(PodSettings pod, string version, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        var time = TimeProvider.System;
        using var signal = new TerminationSignal(cancellationToken);
        using var following = new CancellationTokenSource();
        using var config = new PodConfig(pod, loggers.CreateLogger<PodConfig>());
        var account = new ServiceAccount(pod.ServiceAccountFolder);
        using var api = account.Connect(pod.Api);
        var watch = new SecretWatch(
            api, account, pod.PodNamespace, pod.PoolSecret, found => config.OfferAsync(found.Content, PodConfig.Secret), time, new Random(), loggers.CreateLogger<SecretWatch>());
        var mounted = new MountedConfig(pod.ConfigFolder);
        await config.OfferAsync(mounted.ReadChange(), PodConfig.Mount);
        var watching = watch.RunAsync(following.Token);
        var looking = LookAsync(mounted, watch, config, time, following.Token);
        try
        {
            await config.First.WaitAsync(signal.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!config.First.IsCompletedSuccessfully)
            {
                return 0; // Told to end before there was anything to serve.
            }

            return await ServeAsync(pod, version, config, loggers, time, StopAsync, signal.Token);
        }
        finally
        {
            await StopAsync();
        }

        async Task StopAsync()
        {
            await following.CancelAsync();
            await watching;
            await looking;
        }
    }

    private static async Task<int> ServeAsync(
        PodSettings pod, string version, PodConfig config, ILoggerFactory loggers, TimeProvider time, Func<Task> stopFollowing, CancellationToken told)
    {
        var first = config.Current!;
        var logger = loggers.CreateLogger("relay");
        using var traces = RelayTelemetry.Start(first.Config.Name);
        var options = new RelayOptions(pod.Bind, pod.Admin, pod.TempFolder, version) { SpoolFolder = pod.SpoolFolder, Socket = pod.ToolSocket, Tracking = pod.Tracking, HandOver = pod.HandOver };
        await using var host = new RelayHost(options, config.ConfigOf(first), new HubTimeouts(), time, loggers, config.AssignmentOf(first));
        host.ConfigFaults = () => config.Faults;
        if (await host.StartAsync() is { } refusal)
        {
            await Console.Error.WriteLineAsync(refusal);
            return Failed;
        }

        LogMessages.Admin(logger, host.AdminAddress);
        await config.ServeAsync(first, host.ApplyAsync);
        await Task.Delay(Timeout.InfiniteTimeSpan, time, told).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        var plan = LeavePlan.For(host.Config);
        await host.LingerAsync(plan.Accepting);
        await stopFollowing(); // Nothing is applied to a relay that closes.
        await host.LeaveAsync(plan.Ending);
        return 0;
    }

    // The mounted copy is older than what the API server says, so it counts only as long as that says nothing.
    private static async Task LookAsync(MountedConfig mounted, SecretWatch watch, PodConfig config, TimeProvider time, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Step, time);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken))
            {
                if (!watch.HasAnswered && mounted.ReadChange() is { } content)
                {
                    await config.OfferAsync(content, PodConfig.Mount);
                }

                await config.RetryAsync();
            }
        }
        catch (OperationCanceledException)
        {
            // The relay is leaving.
        }
    }
}
