using RelayOperator.Relay.Routing;
using RelayOperator.Relay.Spool;

namespace RelayOperator.Relay.Queue;

/// <summary>
/// Sends the spooled mail of one route: as much at once as its hubs have places for, beginning with little when a hub
/// comes back. While no hub is healthy nothing is claimed, but for one message now and then that finds out whether a hub
/// takes mail after all, and for what its age asks for.
/// </summary>
internal sealed class RouteQueue(QueueServices services, string name)
{
    private const int MostInFlight = 512;
    private const int ClaimedAtOnce = 32;
    private const int FirstInFlight = 4;

    // One more than hubs have places for, so that no place waits for the next message to be read.
    private const int Ahead = 8;
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan TrialEvery = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan AgesEvery = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan RampStep = TimeSpan.FromMilliseconds(500);

    private readonly SemaphoreSlim _wake = new(0, 1);
    private int _inFlight;
    private int _waking;
    private long _opened;
    private long _lastTrial = services.Time.GetTimestamp();
    private long _lastAges = services.Time.GetTimestamp();
    private volatile int _limit;
    private CancellationToken _ending;

    public int InFlight => Volatile.Read(ref _inFlight);

    /// <summary>There may be something to do.</summary>
    public void Wake()
    {
        if (Interlocked.Exchange(ref _waking, 1) == 0)
        {
            _wake.Release();
        }
    }

    /// <summary>Sends what was just stored and is claimed already; false where there is no place for it now.</summary>
    public bool TryStart(SpoolClaim claim)
    {
        if (_ending.IsCancellationRequested || InFlight >= _limit || services.Pool().Routes.Named(name) is not { } route)
        {
            return false;
        }

        Start(claim, route);
        return true;
    }

    /// <summary>Sends until it is told to end; what is in flight then goes on.</summary>
    public async Task RunAsync(CancellationToken ending)
    {
        _ending = ending;
        while (!ending.IsCancellationRequested)
        {
            if (services.Pool().Routes.Named(name) is { } route)
            {
                await ServeAsync(route);
            }

            await ((Task)_wake.WaitAsync(Look, ending)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            Volatile.Write(ref _waking, 0);
        }
    }

    private async Task ServeAsync(Route route)
    {
        var places = Places(route);
        if (places == 0)
        {
            (_limit, _opened) = (0, 0);
            await TryOneAsync(route);
            await AgesAsync(route);
            return;
        }

        _opened = _opened == 0 ? services.Time.GetTimestamp() : _opened;
        var steps = (int)Math.Min(10, services.Time.GetElapsedTime(_opened) / RampStep);
        _limit = Math.Min(Math.Min(places + Ahead, MostInFlight), FirstInFlight << steps);
        while (!_ending.IsCancellationRequested && _limit - InFlight is > 0 and var free)
        {
            var claims = await services.Spool.ClaimAsync(name, Math.Min(free, ClaimedAtOnce));
            foreach (var claim in claims)
            {
                Start(claim, route);
            }

            if (claims.Count == 0)
            {
                return;
            }
        }
    }

    private static int Places(Route route)
    {
        var places = 0;
        foreach (var hub in route.Hubs)
        {
            if (hub.IsWilling && hub.Health.TakesNewMail)
            {
                places += Math.Max(1, hub.Concurrency.Current - 1);
            }
        }

        return places;
    }

    // Off this thread: a delivery begins with what the socket's thread does for it.
    private void Start(SpoolClaim claim, Route route)
    {
        Interlocked.Increment(ref _inFlight);
        ThreadPool.UnsafeQueueUserWorkItem(static state => _ = state.Queue.DeliverAsync(state.Claim, state.Route), (Queue: this, Claim: claim, Route: route), preferLocal: false);
    }

    private async Task DeliverAsync(SpoolClaim claim, Route route)
    {
        try
        {
            await new QueuedDelivery(services, claim, route).RunAsync(_ending);
        }
        catch (OperationCanceledException) when (_ending.IsCancellationRequested)
        {
            // The store could not take what became of it until the end: the next process sends it again.
        }
        catch (Exception e)
        {
            // A bug: the message is tried again, and no other one suffers.
            services.Log.Broken(e, claim.Message.Id);
            await services.Spool.ReleaseAsync(claim);
        }
        finally
        {
            // Claims are made in bulk: not before there is room for some.
            if (Interlocked.Decrement(ref _inFlight) <= _limit / 2)
            {
                Wake();
            }
        }
    }

    private async Task TryOneAsync(Route route)
    {
        if (InFlight != 0 || services.Time.GetElapsedTime(_lastTrial) < TrialEvery)
        {
            return;
        }

        _lastTrial = services.Time.GetTimestamp();
        foreach (var claim in await services.Spool.ClaimAsync(name, 1))
        {
            Start(claim, route);
        }
    }

    // The oldest come first, so that the first batch in which nothing is to be done is the last that is looked at.
    private async Task AgesAsync(Route route)
    {
        if (services.Time.GetElapsedTime(_lastAges) < AgesEvery)
        {
            return;
        }

        _lastAges = services.Time.GetTimestamp();
        var any = true;
        while (any && !_ending.IsCancellationRequested)
        {
            any = false;
            foreach (var claim in await services.Spool.ClaimAsync(name, ClaimedAtOnce))
            {
                any |= await new QueuedDelivery(services, claim, route).AgeAsync(_ending);
            }
        }
    }
}
