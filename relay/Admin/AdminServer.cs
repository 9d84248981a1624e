using System.Net;
using Prometheus;

namespace RelayOperator.Relay.Admin;

/// <summary>The admin endpoints: /healthz, /readyz, /metrics, /status. Readiness never depends on hubs.</summary>
public sealed class AdminServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private AdminServer(WebApplication app) => _app = app;

    /// <summary>Where it listens.</summary>
    public string Address => _app.Urls.First();

    /// <param name="address">Where to listen; port 0 takes a free one.</param>
    /// <param name="metrics">What a scrape reads.</param>
    /// <param name="isReady">Whether the pool is being served.</param>
    /// <param name="status">What /status tells.</param>
    /// <param name="loggers">For the server's own faults.</param>
    public static async Task<AdminServer> StartAsync(
        IPEndPoint address, RelayMetrics metrics, Func<bool> isReady, Func<RelayStatus> status, ILoggerFactory loggers)
    {
        // Empty: no settings from files of the working directory or from the environment.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton(loggers).AddRoutingCore();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(address);
            kestrel.AddServerHeader = false;
        });
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        var app = builder.Build();
        app.MapGet("/healthz", () => "ok\n");
        app.MapGet("/readyz", () => isReady()
            ? TypedResults.Text("ready\n")
            : TypedResults.Text("not ready\n", statusCode: StatusCodes.Status503ServiceUnavailable));
        app.MapGet("/status", () => TypedResults.Json(status(), RelayStatusJson.Default.RelayStatus));
        app.MapMetrics(registry: metrics.Registry);
        app.MapFallback(() => Results.Text("Nothing here. Try /healthz /readyz /metrics /status\n", statusCode: StatusCodes.Status404NotFound));
        await app.StartAsync();
        return new AdminServer(app);
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }
}
