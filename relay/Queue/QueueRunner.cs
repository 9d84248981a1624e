using System.Collections.Concurrent;
using RelayOperator.Relay.Notifications;
using RelayOperator.Relay.Spool;

namespace RelayOperator.Relay.Queue;

/// <summary>
/// Delivers what is spooled, each route by itself, so that one without a hub holds up no other. Begins with what was in
/// flight when a relay died: each such message is rehearsed alone, before anything else is sent. While the spool fails
/// nothing is sent from it, since what became of it could not be noted.
/// </summary>
public sealed class QueueRunner(QueueServices services) : IAsyncDisposable
{
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _ending = new();
    private readonly ConcurrentDictionary<string, RouteQueue> _routes = new(StringComparer.Ordinal);
    private readonly List<Task> _running = [];
    private Task _supervising = Task.CompletedTask;

    /// <summary>Deliveries that are under way.</summary>
    public int InFlight
    {
        get
        {
            var count = 0;
            foreach (var (_, route) in _routes)
            {
                count += route.InFlight;
            }

            return count;
        }
    }

    public void Start()
    {
        services.Door.Relayed = claim => _ = RelayedAsync(claim);
        services.Spool.Changed += Wake;
        _supervising = SuperviseAsync();
    }

    /// <summary>Hubs may have come back, or there may be more mail.</summary>
    public void Wake()
    {
        foreach (var (_, route) in _routes)
        {
            route.Wake();
        }
    }

    /// <summary>Sends what was just stored; false where there is no place for it now: then it waits its turn in the spool.</summary>
    public bool HandOn(SpoolClaim claim) => _routes.TryGetValue(claim.Recipients[0].Route, out var route) && route.TryStart(claim);

    /// <summary>Claims nothing more, and waits for what is in flight.</summary>
    public async Task StopAsync(TimeSpan limit)
    {
        await _ending.CancelAsync();
        await _supervising;
        var started = services.Time.GetTimestamp();
        while (InFlight != 0 && services.Time.GetElapsedTime(started) < limit)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), services.Time);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync(TimeSpan.Zero);
        services.Spool.Changed -= Wake;
        _ending.Dispose();
    }

    private async Task RelayedAsync(SpoolClaim claim)
    {
        var writer = new NotificationWriter(services, services.Pool());
        foreach (var target in claim.Recipients.GroupBy(recipient => writer.TargetOf(NotificationKind.Relayed, claim.Message, recipient)))
        {
            if (target.Key is not (NotificationTarget.Sender or NotificationTarget.Postmaster))
            {
                continue;
            }

            List<RecipientFate> fates = [.. target.Select(recipient => new RecipientFate(recipient, FateKind.Delivered, recipient))];
            if (await writer.WriteAsync(NotificationKind.Relayed, target.Key, claim, fates) is { } notification)
            {
                await services.Spool.AddAsync(notification, keepClaim: false);
            }
        }
    }

    private async Task SuperviseAsync()
    {
        await Task.Yield();
        while (!_ending.IsCancellationRequested)
        {
            await RehearseAsync();
            await LookAtRoutesAsync();
            await Task.Delay(Look, services.Time, _ending.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await Task.WhenAll(_running);
    }

    private async Task LookAtRoutesAsync()
    {
        var routes = services.Pool().Routes;
        foreach (var route in routes.All)
        {
            if (!_routes.ContainsKey(route.Name))
            {
                var queue = new RouteQueue(services, route.Name);
                _routes[route.Name] = queue;
                _running.Add(queue.RunAsync(_ending.Token));
            }
        }

        foreach (var name in await services.Spool.RoutesAsync())
        {
            if (routes.Named(name) is null)
            {
                services.Log.Rerouted(name, await services.Spool.RerouteAsync(name, recipient => routes.For(recipient.Domain).Name));
            }
        }
    }

    // Everything that the relay itself does with a message, but for a hub: what a relay died of shows here.
    private async Task RehearseAsync()
    {
        while (!_ending.IsCancellationRequested && await services.Spool.ClaimSuspectAsync() is { } claim)
        {
            var id = claim.Message.Id;
            for (var k = 0; k < claim.Message.Chunks; k++)
            {
                await services.Spool.ReadAsync(id, k);
            }

            await new NotificationWriter(services, services.Pool()).RehearseAsync(claim);
            await services.Spool.RehearsedAsync(claim);
            services.Log.Rehearsed(id);
        }
    }
}
