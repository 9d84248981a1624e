using System.Net.Sockets;
using System.Text.Json;
using RelayOperator.Relay.Admin;
using RelayOperator.Relay.Spool;
using RelayOperator.Relay.Tracking;

namespace RelayOperator.Relay.Tools;

/// <summary>
/// What <c>relay queue</c> talks to: HTTP on a Unix domain socket that only the relay's own user may connect to. Begins
/// after the spool was opened, and ends before it is closed.
/// </summary>
internal sealed class QueueServer : IAsyncDisposable
{
    /// <summary>A tool that reads no further holds up the relay's end no longer than this.</summary>
    private static readonly TimeSpan Ending = TimeSpan.FromSeconds(1);

    private readonly WebApplication _app;
    private readonly string _path;

    private QueueServer(WebApplication app, string path) => (_app, _path) = (app, path);

    /// <summary>Serves the tools; a text where the socket cannot be made.</summary>
    /// <param name="path">The socket.</param>
    /// <param name="door">The spool, open.</param>
    /// <param name="importer">Takes what is imported.</param>
    /// <param name="tracking">Hears what is done to messages; null where nobody wants to know.</param>
    /// <param name="loggers">For what was done, and the server's own faults.</param>
    public static async Task<(QueueServer? Server, string? Refusal)> StartAsync(
        string path, SpoolDoor door, QueueImporter importer, TrackingLog? tracking, ILoggerFactory loggers)
    {
        path = Path.GetFullPath(path);
        if (SocketFile.Clear(path) is { } refusal)
        {
            return (null, refusal);
        }

        // Empty: no settings from files of the working directory or from the environment.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton(loggers).AddRoutingCore().Configure<HostOptions>(static host => host.ShutdownTimeout = Ending);
        builder.WebHost.UseKestrelCore().UseSockets(static sockets => sockets.CreateBoundListenSocket = static endPoint => SocketFile.Bind((UnixDomainSocketEndPoint)endPoint)).ConfigureKestrel(kestrel =>
        {
            kestrel.ListenUnixSocket(path);
            kestrel.AddServerHeader = false;
            // Any size of message, at the speed of whoever pages through a list.
            (kestrel.Limits.MaxRequestBodySize, kestrel.Limits.MinRequestBodyDataRate, kestrel.Limits.MinResponseDataRate) = (null, null, null);
        });
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        var app = builder.Build();
        Map(app, door, importer, reader => new QueueChanger(door, reader, tracking, loggers.CreateLogger<QueueChanger>()));
        try
        {
            await app.StartAsync();
            return (new QueueServer(app, path), null);
        }
        catch (Exception e) when (e is IOException or SocketException or UnauthorizedAccessException)
        {
            await app.DisposeAsync();
            return (null, $"the queue tools' socket {path} cannot be made: {e.Message}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
        File.Delete(_path);
    }

    private static void Map(WebApplication app, SpoolDoor door, QueueImporter importer, Func<QueueReader, QueueChanger> changer)
    {
        var spool = door.Spool;
        var reader = new QueueReader(spool);
        var ending = app.Lifetime.ApplicationStopping;
        app.MapPost("/list", Asked((request, answer) => new QueueLister(spool, reader).ListAsync(request, answer)));
        app.MapPost("/count", Asked((request, answer) => new QueueLister(spool, reader).CountAsync(request, answer)));
        app.MapPost("/change", Asked((request, answer) => request.Action is { } action
            ? changer(reader).RunAsync(request, action, answer)
            : answer.FaultAsync("no action was named")));
        app.MapGet("/messages/{id}", Answer((context, answer) => new QueueLister(spool, reader).ShowAsync(Id(context), answer)));
        app.MapGet("/messages/{id}/content", Answer(async (context, answer) =>
        {
            if (!await new QueueExporter(spool, reader).WriteAsync(Id(context), context.Response, answer))
            {
                context.Abort();
            }
        }));
        app.MapPost("/messages", Answer(async (context, answer) => await answer.WriteAsync([await importer.TakeAsync(context.Request.Body, isHandedOver: false, answer.Cancelled)])));

        RequestDelegate Answer(Func<HttpContext, LineWriter, Task> write) => async context =>
        {
            using var cancelled = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, ending);
            try
            {
                await write(context, new LineWriter(context.Response, cancelled.Token));
            }
            catch (Exception e) when (e is OperationCanceledException or IOException or BadHttpRequestException)
            {
                // The tool has gone, or the relay is to end: an answer without its last line says so.
                context.Abort();
            }
        };

        RequestDelegate Asked(Func<QueueRequest, LineWriter, Task> write) => Answer(async (HttpContext context, LineWriter answer) =>
            await (await RequestAsync(context, answer.Cancelled) is { } request ? write(request, answer) : answer.FaultAsync("the request is no JSON as it should be")));
    }

    private static string Id(HttpContext context) => (string)context.Request.RouteValues["id"]!;

    private static async Task<QueueRequest?> RequestAsync(HttpContext context, CancellationToken cancellationToken)
    {
        try
        {
            return await JsonSerializer.DeserializeAsync(context.Request.Body, QueueJson.Line.QueueRequest, cancellationToken);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
