using System.Text.Json;
using System.Text.Json.Nodes;
using k8s;
using k8s.Autorest;
using k8s.Models;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using RelayOperator.Api.Config;
using RelayOperator.Relay.Admin;

namespace RelayOperator.TestKit.Target;

/// <summary>
/// What the pods of a <see cref="PretendedKubelet"/> answer at /status: what a relay would that has the pool's Secret in
/// force as it is now, all hubs healthy, nothing in flight, drained as soon as it drains; or what the test says.
/// </summary>
public sealed class PretendedRelays : IAsyncDisposable
{
    private readonly Kubernetes _api;
    private readonly string _namespace;
    private readonly PretendedKubelet _kubelet;
    private readonly WebApplication _app;

    private PretendedRelays(Kubernetes api, string ns, PretendedKubelet kubelet)
    {
        (_api, _namespace, _kubelet) = (api, ns, kubelet);
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton<ILoggerFactory>(NullLoggerFactory.Instance);
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(System.Net.IPAddress.Loopback, 0));
        _app = builder.Build();
        _app.Run(AnswerAsync);
    }

    /// <summary>A pod's answer, from what it would be; null for none at all.</summary>
    public Func<V1Pod, JsonObject, JsonObject?> Answer { get; set; } = (_, status) => status;

    /// <summary>What a pod sends instead of all that; null for nothing special.</summary>
    public Func<V1Pod, string?> Raw { get; set; } = _ => null;

    public static async Task<PretendedRelays> StartAsync(Kubernetes api, string ns, PretendedKubelet kubelet)
    {
        var relays = new PretendedRelays(api, ns, kubelet);
        await relays._app.StartAsync();
        return relays;
    }

    /// <summary>Where a pod's status is, by the pod's address.</summary>
    public Uri StatusOf(string address) => new($"{_app.Urls.First()}/{address}/status");

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync(new CancellationToken(canceled: true));
        await _app.DisposeAsync();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        var address = context.Request.Path.ToString().Split('/')[1];
        var text = _kubelet.PodAt(address) is { } pod ? Raw(pod) ?? await TextAsync(pod) : null;
        if (text is null)
        {
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            return;
        }

        await context.Response.WriteAsync(text, context.RequestAborted);
    }

    private async Task<string?> TextAsync(V1Pod pod) => await StatusAsync(pod) is { } status ? Answer(pod, status)?.ToJsonString() : null;

    private async Task<JsonObject?> StatusAsync(V1Pod pod)
    {
        var secret = await SecretAsync($"{pod.Metadata.Labels["app.kubernetes.io/instance"]}-config");
        if (secret?.Data?.TryGetValue(RenderedPool.Key, out var content) != true || PoolConfigJson.Parse(content).Pool is not { } pool)
        {
            return null;
        }

        var drains = pool.Draining.Contains(pod.Metadata.Name, StringComparer.Ordinal);
        var status = new RelayStatus
        {
            Pool = pool.Config.Name,
            PoolUid = pool.Config.Uid,
            PodName = pod.Metadata.Name,
            PodUid = pod.Metadata.Uid,
            Version = "1.0.0",
            ConfigHash = pool.Config.Hash,
            ConfigSequence = pool.Sequence,
            ConfigFaults = [],
            Leaving = false,
            Draining = drains,
            Drained = drains,
            DrainToken = drains ? pool.Sequence : null,
            Sessions = 0,
            Listeners = [],
            Hubs = [.. pool.Config.Hubs.Select(HubOf)],
            HiddenClients = [],
            Spool = null,
        };
        return JsonSerializer.SerializeToNode(status, RelayStatusJson.Default.RelayStatus)!.AsObject();
    }

    private async Task<V1Secret?> SecretAsync(string name)
    {
        try
        {
            return await _api.CoreV1.ReadNamespacedSecretAsync(name, _namespace);
        }
        catch (HttpOperationException)
        {
            return null;
        }
    }

    private static HubStatus HubOf(HubConfig hub) => new()
    {
        Name = hub.Name,
        EndPoint = $"{hub.Host}:{hub.Port}",
        Wanted = hub.State.ToString(),
        State = "Healthy",
        Reason = "",
        Since = DateTimeOffset.UnixEpoch,
        Share = 1,
        InFlight = 0,
        Limit = hub.Limits.MaxConnections,
        IdleConnections = 0,
        Delivered = 0,
        Offers = null,
    };
}
