using Prometheus;
using RelayOperator.Operator.Apply;
using RelayOperator.Operator.Cluster;
using RelayOperator.Operator.Gather;
using RelayOperator.Operator.Leading;
using RelayOperator.Operator.Queue;
using RelayOperator.Operator.Reconciling;
using RelayOperator.Operator.Removal;
using RelayOperator.Operator.Rollouts;
using RelayOperator.Operator.Status;
using RelayOperator.Operator.Watching;

namespace RelayOperator.Operator;

/// <summary>
/// The operator's parts, put together. Contract: watches from the start, so that a standby is warm; writes only while it
/// leads; <see cref="RunAsync"/> ends on cancellation, or when the lead is lost.
/// </summary>
/// <param name="clientFor">A client whose writes ask the given action first.</param>
/// <param name="options">How it works.</param>
/// <param name="settings">What the objects of pools depend on.</param>
/// <param name="registry">Where metrics go.</param>
/// <param name="time">The clock.</param>
/// <param name="loggers">Hears of everything.</param>
public sealed partial class OperatorHost(
    Func<Action, ClusterClient> clientFor, OperatorOptions options, OperatorSettings settings, CollectorRegistry registry, TimeProvider time, ILoggerFactory loggers)
{
    private const string Lease = "relay-operator";

    private readonly ILogger _logger = loggers.CreateLogger<OperatorHost>();

    /// <summary>Whether the cluster's objects are known, so that it can lead.</summary>
    public bool IsReady { get; private set; }

    /// <summary>Runs until cancelled (true) or until the lead is lost (false).</summary>
    public async Task<bool> RunAsync(CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var resign = new CancellationTokenSource();
        using var http = new HttpClient(ToPods()) { Timeout = Timeout.InfiniteTimeSpan };
        var leadership = new Leadership(time);
        var client = clientFor(leadership.Demand);
        await LookAsync(client, cancellationToken);
        if (cancellationToken.IsCancellationRequested)
        {
            return true;
        }

        var metrics = Metrics.WithCustomRegistry(registry);
        var leads = metrics.CreateGauge("leader_election_master_status", "1 while this process leads.", "name").WithLabels(Lease);
        registry.AddBeforeCollectCallback(() => leads.Set(leadership.IsHeld ? 1 : 0));
        var (queues, reconciles) = (new WorkQueueMetrics(metrics), new ReconcileMetrics(metrics));
        using var pools = Queue(queues.Of("relaypool"));
        using var hubs = Queue(queues.Of("hubtransport"));
        using var pods = Queue(queues.Of("podstatus"));
        var view = new ClusterView(client, options.Namespaces, options.Watches, time, loggers.CreateLogger<ClusterView>());
        var answers = new PodStatusGatherer(view, http, options.StatusAddress, options.StatusEvery, pods, reconciles, time, _logger);
        var rollouts = new RolloutGate(
            settings, options.MostRollouts, options.RolloutPatience, new RolloutMetrics(metrics), time, loggers.CreateLogger<RolloutGate>());
        rollouts.Decided += pools.Add;
        var applier = new PoolApplier(client, view);
        var finalizer = new PoolFinalizer(client, applier, new RemovalMetrics(metrics), loggers.CreateLogger<PoolFinalizer>());
        var reconciler = new PoolReconciler(
            view, new PoolGatherer(view, new ReferredSecrets(client, view), answers), rollouts, applier, new ClaimWriter(client), finalizer, answers, client,
            new EventRecorder(client, options.Identity, time), settings, options.StatusEvery, time);
        var hubReconciler = new HubReconciler(view, reconciler, client, time);
        var triggers = new PoolTriggers(view, pools, hubs);
        triggers.Attach(answers);
        reconciler.HubConcerned += hubs.Add;

        var watching = view.RunAsync(stop.Token);
        var election = new LeaderElection(
            clientFor(static () => { }), new ObjectKey(options.LeaseNamespace, Lease), options.Identity, leadership, options.Lease, time,
            new Random(), loggers.CreateLogger<LeaderElection>());
        var leading = election.RunAsync(resign.Token);
        var stopping = Task.Delay(Timeout.InfiniteTimeSpan, time, stop.Token);
        await Task.WhenAny(view.Synced, leading, stopping);
        IsReady = view.Synced.IsCompleted; // A standby is ready too.
        await Task.WhenAny(Task.WhenAll(view.Synced, election.Elected), leading, stopping);
        rollouts.Begin(view.Pools.All.Select(pool => pool.Meta.Key));
        var poolLoop = new ReconcileLoop<ObjectKey>(pools, ReconcileTrace.Of("relaypool", ReconcileAsync), options.Workers, reconciles.Of("relaypool", options.Workers), time, _logger);
        var hubLoop = new ReconcileLoop<ObjectKey>(hubs, ReconcileTrace.Of("hubtransport", hubReconciler.ReconcileAsync), 2, reconciles.Of("hubtransport", 2), time, _logger);
        var working = Task.WhenAll(poolLoop.RunAsync(stop.Token), hubLoop.RunAsync(stop.Token), answers.RunAsync(stop.Token));
        await Task.WhenAny(leading, working);
        var wasAsked = cancellationToken.IsCancellationRequested;
        await stop.CancelAsync();
        await Task.WhenAll(working, watching).ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        // The Lease is given back by one that writes nothing any more.
        await resign.CancelAsync();
        await leading;
        return wasAsked;

        async Task<TimeSpan?> ReconcileAsync(ObjectKey key, CancellationToken token)
        {
            try
            {
                var again = await reconciler.ReconcileAsync(key, token);
                return rollouts.LookAgain(key) is { } soon && (again is null || soon < again) ? soon : again;
            }
            finally
            {
                rollouts.Looked(key, isThere: view.Pools.Find(key)?.Value.Read.Value is not null);
            }
        }
    }

    // Straight to the pods, whatever proxy leads out of the cluster. Each is asked so seldom that a connection kept for the
    // next time costs more memory than a new one costs time.
    private static SocketsHttpHandler ToPods() =>
        new() { UseProxy = false, UseCookies = false, AllowAutoRedirect = false, PooledConnectionIdleTimeout = TimeSpan.FromSeconds(10) };

    // Says what is missing, and waits for it.
    private async Task LookAsync(ClusterClient client, CancellationToken cancellationToken)
    {
        var ns = options.Namespaces.FirstOrDefault("");
        while (!cancellationToken.IsCancellationRequested)
        {
            var pause = options.LookAgain;
            try
            {
                await client.ListAsync(ResourceKind.RelayPool, ns, "", true, cancellationToken);
                await client.ListAsync(ResourceKind.HubTransport, ns, "", true, cancellationToken);
                return;
            }
            catch (ClusterException e) when (e.IsNotFound)
            {
                DefinitionsMissing(_logger);
            }
            catch (ClusterException e)
            {
                Unreachable(_logger, e.Message);
                pause = pause < e.RetryAfter ? e.RetryAfter : pause;
            }
            catch (OperationCanceledException)
            {
                break;
            }

            await Task.Delay(pause, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private WorkQueue<ObjectKey> Queue(WorkQueueMetrics.Child metrics) => new(BackOff.Default, time, new Random(), metrics);

    [LoggerMessage(1001, LogLevel.Warning, "The CustomResourceDefinitions of relayoperator.io are missing: install the chart's; waiting for them")]
    private static partial void DefinitionsMissing(ILogger logger);

    [LoggerMessage(1002, LogLevel.Warning, "The API server does not serve yet: {Message}; waiting for it")]
    private static partial void Unreachable(ILogger logger, string message);
}
