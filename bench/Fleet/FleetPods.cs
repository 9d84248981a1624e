using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using RelayOperator.Api.Config;
using RelayOperator.Relay.Admin;
using RelayOperator.TestKit.Cluster;
using RelayOperator.TestKit.Cluster.Kinds;
using RelayOperator.TestKit.Cluster.Store;

namespace RelayOperator.Bench.Fleet;

/// <summary>
/// The relays that the pods of an API server pretend to be: one server on all addresses of 127.0.0.0/8 that answers
/// /status as the pod of that address would, with what stands in its pool's Secret now in force and every hub healthy.
/// </summary>
public sealed class FleetPods : IAsyncDisposable
{
    private const int AdminPort = 9025;

    private readonly ConcurrentDictionary<IPAddress, (string Name, string Uid, string Pool)> _pods = new();
    private readonly ConcurrentDictionary<string, RelayStatus> _statuses = new(StringComparer.Ordinal);
    private readonly WebApplication _app;
    private int _answers;

    private FleetPods(WebApplication app) => _app = app;

    /// <summary>How often a pod was asked.</summary>
    public int Answers => Volatile.Read(ref _answers);

    public static async Task<FleetPods> StartAsync(ApiServer server)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton<ILoggerFactory>(NullLoggerFactory.Instance);
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Any, AdminPort));
        var pods = new FleetPods(builder.Build());
        pods._app.Run(pods.AnswerAsync);
        server.Cluster.Store.Changed += pods.Note;
        await pods._app.StartAsync();
        return pods;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        Interlocked.Increment(ref _answers);
        if (!_pods.TryGetValue(context.Connection.LocalIpAddress!, out var pod) || !_statuses.TryGetValue(pod.Pool, out var status))
        {
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            return;
        }

        context.Response.ContentType = "application/json";
        await JsonSerializer.SerializeAsync(
            context.Response.Body, status with { PodName = pod.Name, PodUid = pod.Uid }, RelayStatusJson.Default.RelayStatus, context.RequestAborted);
    }

    private void Note(ResourceKind kind, ResourceEvent change)
    {
        var json = change.After?.Json;
        if (kind == BuiltInKinds.Pod && json.At("status", "podIP").Text() is { } ip && json.At("metadata", "labels", "app.kubernetes.io/instance").Text() is { } owner)
        {
            _pods[IPAddress.Parse(ip)] = (change.After!.Name, json!.Uid(), owner);
        }
        else if (kind == BuiltInKinds.Secret && json.At("data", "pool.json").Text() is { } config && json.At("metadata", "labels", "app.kubernetes.io/instance").Text() is { } pool)
        {
            _statuses[pool] = StatusOf(
                pool,
                json.At("metadata", "labels", "relayoperator.io/pool-uid").Text() ?? "",
                json.At("metadata", "annotations", "relayoperator.io/config-hash").Text() ?? "",
                PoolConfigJson.Parse(Convert.FromBase64String(config)).Pool!);
        }
    }

    private static RelayStatus StatusOf(string pool, string uid, string hash, RenderedPool config) => new()
    {
        Pool = pool,
        PoolUid = uid,
        PodName = null,
        PodUid = null,
        Version = "1.0.0",
        ConfigHash = hash,
        ConfigSequence = config.Sequence,
        ConfigFaults = [],
        Leaving = false,
        Draining = false,
        Drained = false,
        DrainToken = null,
        Sessions = 3,
        Listeners = [new ListenerStatus("smtp", "[::]:2525")],
        Hubs = [.. config.Config.Hubs.Select(hub => HubOf(hub.Name))],
        HiddenClients = [],
        Spool = null,
    };

    private static HubStatus HubOf(string name) => new()
    {
        Name = name,
        EndPoint = "10.9.8.7:25",
        Wanted = "Active",
        State = "Healthy",
        Reason = "a probe succeeded",
        Since = DateTimeOffset.UnixEpoch,
        Share = 1,
        InFlight = 0,
        Limit = 20,
        IdleConnections = 2,
        Delivered = 123456,
        Offers = "Pipelining, Size",
    };
}
