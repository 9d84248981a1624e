using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using RelayOperator.Relay.Admin;
using RelayOperator.Relay.Tools;

namespace RelayOperator.Relay.HandOver;

/// <summary>
/// Where a pod takes the mail of a peer that leaves: HTTP over mutual TLS with the pool's own key, one message for each
/// request, answered when it is on disk. Without a key nobody is let in.
/// </summary>
internal sealed class HandOverServer : IAsyncDisposable
{
    private static readonly TimeSpan Ending = TimeSpan.FromSeconds(1);

    // A leaving pod uses a few; whoever has not shown the pool's certificate yet counts, too.
    private const int MostConnections = 256;

    private readonly WebApplication _app;

    private HandOverServer(WebApplication app) => _app = app;

    /// <summary>The port it listens on.</summary>
    public int Port => new Uri(_app.Urls.First()).Port;

    /// <summary>Begins to listen; a text where the address cannot be bound.</summary>
    /// <param name="address">Where; port 0 takes a free one.</param>
    /// <param name="key">The pool's key now; null for none.</param>
    /// <param name="importer">Takes what comes.</param>
    /// <param name="refusal">Why nothing is taken now; null where something is.</param>
    /// <param name="loggers">For the server's own faults.</param>
    public static async Task<(HandOverServer? Server, string? Refusal)> StartAsync(
        IPEndPoint address, Func<HandOverKey?> key, QueueImporter importer, Func<string?> refusal, ILoggerFactory loggers)
    {
        // Empty: no settings from files of the working directory or from the environment.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton(loggers).AddRoutingCore().Configure<HostOptions>(static host => host.ShutdownTimeout = Ending);
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(address, listen => listen.UseHttps(new TlsHandshakeCallbackOptions { OnConnection = _ => Options(key()) }));
            kestrel.AddServerHeader = false;
            (kestrel.Limits.MaxRequestBodySize, kestrel.Limits.MaxConcurrentConnections) = (null, MostConnections);
        });
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        var app = builder.Build();
        app.MapPost("/messages", async (HttpContext context) =>
        {
            if (refusal() is { } reason)
            {
                context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
                await context.Response.WriteAsync(reason, context.RequestAborted);
                return;
            }

            using var cancelled = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, app.Lifetime.ApplicationStopping);
            var answer = new LineWriter(context.Response, cancelled.Token);
            try
            {
                await answer.WriteAsync([await importer.TakeAsync(context.Request.Body, isHandedOver: true, cancelled.Token)]);
            }
            catch (Exception e) when (e is OperationCanceledException or IOException or BadHttpRequestException)
            {
                context.Abort(); // The peer has gone, or this relay is to end: it hears no answer and asks again.
            }
        });
        try
        {
            await app.StartAsync();
            return (new HandOverServer(app), null);
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            await app.DisposeAsync();
            return (null, $"mail of pods that leave cannot be taken on {address}: {e.Message}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    private static ValueTask<SslServerAuthenticationOptions> Options(HandOverKey? key) =>
        key is not null ? new(key.ServerOptions) : throw new IOException("the pool has no key for handing over yet");
}
