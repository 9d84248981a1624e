using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using RelayOperator.Api.Config;

namespace RelayOperator.TestKit;

/// <summary>As much of an API server as one watched Secret needs: list, watch, and what goes wrong with them.</summary>
public sealed class SecretApi : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly List<Channel<string>> _watches = [];
    private readonly int _port;
    private WebApplication? _app;
    private byte[]? _content;
    private long _version = 100;

    private SecretApi(int port) => _port = port;

    /// <summary>What was asked: "list" or "watch from VERSION", with the token that it was asked with.</summary>
    public ConcurrentQueue<(string What, string? Token)> Asked { get; } = new();

    /// <summary>Status that every request is answered with; 200 for none.</summary>
    public HttpStatusCode Answer { get; set; } = HttpStatusCode.OK;

    /// <summary>Watches are accepted and never told anything.</summary>
    public bool IsSilent { get; set; }

    public Uri Address => new($"http://127.0.0.1:{_port}");

    /// <summary>Watches that are open now.</summary>
    public int Watches
    {
        get
        {
            lock (_lock)
            {
                return _watches.Count;
            }
        }
    }

    public int Lists => Asked.Count(asked => asked.What == "list");

    public static async Task<SecretApi> StartAsync(RenderedPool? pool = null)
    {
        var api = new SecretApi(FreePort.Next()) { _content = pool is null ? null : PoolConfigJson.Print(pool) };
        await api.StartAsync();
        return api;
    }

    /// <summary>The operator writes.</summary>
    public void Write(RenderedPool pool) => Write(PoolConfigJson.Print(pool));

    public void Write(byte[] content)
    {
        lock (_lock)
        {
            var type = _content is null ? "ADDED" : "MODIFIED";
            _content = content;
            _version++;
            Tell(Event(type, Secret()));
        }
    }

    public void Delete()
    {
        lock (_lock)
        {
            _version++;
            Tell(Event("DELETED", Secret()));
            _content = null;
        }
    }

    public void Bookmark()
    {
        lock (_lock)
        {
            _version++;
            Tell(Event("BOOKMARK", new { kind = "Secret", metadata = new { resourceVersion = $"{_version}" } }));
        }
    }

    /// <summary>Every open watch hears that its version is too old, and ends.</summary>
    public void Expire()
    {
        lock (_lock)
        {
            Tell(Event("ERROR", new { kind = "Status", code = 410, reason = "Expired" }));
        }

        EndWatches();
    }

    /// <summary>Every open watch hears something that is none of the protocol's.</summary>
    public void TellNonsense()
    {
        lock (_lock)
        {
            Tell("{\"type\":\"MODI\n");
        }
    }

    /// <summary>The server ends every watch, as it does when its time is up.</summary>
    public void EndWatches()
    {
        lock (_lock)
        {
            _watches.ForEach(watch => watch.Writer.TryComplete());
        }
    }

    /// <summary>Nobody answers any more.</summary>
    public async Task StopAsync()
    {
        if (_app is not null)
        {
            EndWatches();
            await _app.StopAsync();
            await _app.DisposeAsync();
            _app = null;
        }
    }

    /// <summary>Answers, or answers again.</summary>
    public async Task StartAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddRoutingCore().AddLogging(logging => logging.ClearProviders());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, _port, listen => listen.Protocols = HttpProtocols.Http1));
        _app = builder.Build();
        _app.MapGet("/api/v1/namespaces/mail/secrets", ServeAsync);
        await _app.StartAsync();
    }

    public async ValueTask DisposeAsync() => await StopAsync();

    private async Task ServeAsync(HttpContext context)
    {
        var query = context.Request.Query;
        var watch = query["watch"] == "true";
        Asked.Enqueue((watch ? $"watch from {query["resourceVersion"]}" : "list", context.Request.Headers.Authorization));
        context.Response.StatusCode = query["fieldSelector"] == "metadata.name=corp-config" ? (int)Answer : 403;
        if (context.Response.StatusCode != 200)
        {
            return;
        }

        if (watch)
        {
            await WatchAsync(context, long.Parse(query["resourceVersion"]!));
            return;
        }

        string list;
        lock (_lock)
        {
            list = JsonSerializer.Serialize(new { kind = "SecretList", metadata = new { resourceVersion = $"{_version}" }, items = _content is null ? null : new[] { Secret() } });
        }

        await context.Response.WriteAsync(list);
    }

    private async Task WatchAsync(HttpContext context, long from)
    {
        var events = Channel.CreateUnbounded<string>();
        lock (_lock)
        {
            if (from < _version && _content is not null)
            {
                events.Writer.TryWrite(Event("MODIFIED", Secret()));
            }

            _watches.Add(events);
        }

        try
        {
            await context.Response.StartAsync();
            await context.Response.Body.FlushAsync();
            await foreach (var line in events.Reader.ReadAllAsync(context.RequestAborted))
            {
                await context.Response.WriteAsync(line);
                await context.Response.Body.FlushAsync();
            }
        }
        catch (OperationCanceledException)
        {
            // The relay went away.
        }
        finally
        {
            lock (_lock)
            {
                _watches.Remove(events);
            }
        }
    }

    private void Tell(string line)
    {
        if (!IsSilent)
        {
            _watches.ForEach(watch => watch.Writer.TryWrite(line));
        }
    }

    private object Secret() => new
    {
        metadata = new { name = "corp-config", resourceVersion = $"{_version}" },
        data = new Dictionary<string, string>(StringComparer.Ordinal) { [RenderedPool.Key] = Convert.ToBase64String(_content ?? []) },
    };

    private static string Event(string type, object what) => JsonSerializer.Serialize(new Dictionary<string, object>(StringComparer.Ordinal) { ["type"] = type, ["object"] = what }) + "\n";
}
