using System.Net;
using Prometheus;

namespace RelayOperator.Operator.Admin;

/// <summary>The operator's own endpoints: /healthz, /readyz, /metrics. A standby is ready: it waits for its turn.</summary>
public sealed class OperatorServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private OperatorServer(WebApplication app) => _app = app;

    /// <summary>Where it listens.</summary>
    public string Address => _app.Urls.First();

    /// <param name="address">Where to listen; port 0 takes a free one.</param>
    /// <param name="registry">What a scrape reads.</param>
    /// <param name="isReady">Whether the operator serves, or could at once.</param>
    /// <param name="loggers">For the server's own faults.</param>
    public static async Task<OperatorServer> StartAsync(IPEndPoint address, CollectorRegistry registry, Func<bool> isReady, ILoggerFactory loggers)
    {
        // Empty: no settings from files of the working directory or from the environment.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton(loggers).AddRoutingCore();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            if (address.Address.Equals(IPAddress.IPv6Any))
            {
                kestrel.ListenAnyIP(address.Port); // IPv4 alone, where that is all there is
            }
            else
            {
                kestrel.Listen(address);
            }

            kestrel.AddServerHeader = false;
        });
        // The operator handles signals itself; a second handler would stop this server first.
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        var app = builder.Build();
        app.MapGet("/healthz", () => "ok\n");
        app.MapGet("/readyz", () => isReady()
            ? TypedResults.Text("ready\n")
            : TypedResults.Text("not ready\n", statusCode: StatusCodes.Status503ServiceUnavailable));
        app.MapMetrics(registry: registry);
        await app.StartAsync();
        return new OperatorServer(app);
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
