using System.Net;
using RelayOperator.Api.Config;
using RelayOperator.Relay.Health;
using RelayOperator.Relay.Hubs.Tokens;
using RelayOperator.Relay.Timing;

namespace RelayOperator.Relay.Hubs;

/// <summary>
/// The connections to one hub: those at work, and idle ones for reuse, the last used first. A connection is given out
/// only with no command outstanding and no byte unread, since an idle 421 taken as the answer to MAIL would shift every
/// reply after it. Thread-safe.
/// </summary>
public sealed class HubConnectionPool : IDisposable
{
    private static readonly TimeSpan CheckAfterIdle = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan CloseAfterIdle = TimeSpan.FromSeconds(60);
    private static readonly ReadOnlyMemory<byte> Noop = "NOOP\r\n"u8.ToArray();

    private readonly Lock _lock = new();
    private readonly List<HubConnection> _idle = [];
    private readonly HashSet<HubConnection> _busy = [];
    private readonly EndPoint _endPoint;
    private readonly string _heloName;
    private readonly DeadlineSweep _sweep;
    private readonly HubTimeouts _timeouts;
    private readonly AccessTokens _tokens;
    private volatile HubConnector _connector;
    private bool _closed;

    public HubConnectionPool(HubConfig config, EndPoint endPoint, string heloName, DeadlineSweep sweep, HubTimeouts timeouts, AccessTokens tokens)
    {
        _endPoint = endPoint;
        _heloName = heloName;
        _sweep = sweep;
        _timeouts = timeouts;
        _tokens = tokens;
        _connector = new HubConnector(config, endPoint, heloName, sweep, timeouts, tokens);
    }

    public HubConnector Connector => _connector;

    public int Idle
    {
        get
        {
            lock (_lock)
            {
                return _idle.Count;
            }
        }
    }

    public int Busy
    {
        get
        {
            lock (_lock)
            {
                return _busy.Count;
            }
        }
    }

    /// <summary>Gives a connection that is ready for MAIL.</summary>
    /// <param name="fresh">Only a new one will do.</param>
    /// <param name="notAfter">When to give up at the latest, as a timestamp.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public ValueTask<HubConnectResult> RentAsync(bool fresh, long notAfter, CancellationToken cancellationToken)
    {
        if (!fresh && TakeIdle() is { } idle)
        {
            return _sweep.Time.GetElapsedTime(idle.IdleSince) < CheckAfterIdle
                ? new(new HubConnectResult(idle, HubPhase.Ehlo, default, ""))
                : CheckAsync(idle, notAfter, cancellationToken);
        }

        return OpenAsync(notAfter, cancellationToken);
    }

    /// <summary>Takes a connection back that is in step and between transactions.</summary>
    public void Return(HubConnection connection)
    {
        connection.IdleSince = _sweep.Time.GetTimestamp();
        connection.NotAfter = long.MaxValue;
        connection.Fresh = false;
        var keep = !connection.HasBufferedInput && !connection.IsDead && IsYoung(connection);
        if (keep)
        {
            connection.Rest();
        }

        lock (_lock)
        {
            _busy.Remove(connection);
            keep &= !_closed;
            if (keep)
            {
                _idle.Add(connection);
            }
        }

        if (!keep)
        {
            _ = connection.QuitAsync(CancellationToken.None);
        }
    }

    /// <summary>Closes a connection without a word: what its hub thinks of it is unknown.</summary>
    public void Discard(HubConnection connection)
    {
        lock (_lock)
        {
            _busy.Remove(connection);
        }

        connection.Dispose();
    }

    /// <summary>Closes what has been idle for long, or is too old.</summary>
    public void Prune() => CloseIdle(connection =>
        _sweep.Time.GetElapsedTime(connection.IdleSince) > CloseAfterIdle || !IsYoung(connection) || connection.HasUnreadInput);

    /// <summary>Takes over a changed configuration: idle connections made under the old one are closed where it matters.</summary>
    public void Update(HubConfig config)
    {
        var old = _connector.Config;
        if (ReferenceEquals(old, config))
        {
            return;
        }

        _connector = new HubConnector(config, _endPoint, _heloName, _sweep, _timeouts, _tokens);
        if (old.Tls != config.Tls || old.Credentials != config.Credentials || old.SendXclient != config.SendXclient)
        {
            CloseIdle(static _ => true);
        }
    }

    /// <summary>Lists what is waited for, to judge the hub's silence.</summary>
    public void CopyWaits(List<HubWait> waits)
    {
        waits.Clear();
        lock (_lock)
        {
            foreach (var connection in _busy)
            {
                if (connection.WaitingSince is not 0 and var since)
                {
                    waits.Add(new HubWait(_sweep.Time.GetElapsedTime(since).TotalSeconds, connection.AwaitsVerdict));
                }
            }
        }
    }

    /// <summary>Gives up waits: those of at least so many seconds, before the dot only or all of them.</summary>
    public void AbandonWaits(double seconds, bool afterDotToo)
    {
        lock (_lock)
        {
            foreach (var connection in _busy)
            {
                if (connection.WaitingSince is not 0 and var since
                    && (afterDotToo || !connection.AwaitsVerdict)
                    && _sweep.Time.GetElapsedTime(since).TotalSeconds >= seconds)
                {
                    connection.Abandon(HubFault.Abandoned);
                }
            }
        }
    }

    /// <summary>The hub is no longer used: idle connections end, those at work end with their transaction.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _closed = true;
        }

        CloseIdle(static _ => true);
    }

    private HubConnection? TakeIdle()
    {
        while (true)
        {
            HubConnection connection;
            lock (_lock)
            {
                if (_idle.Count == 0)
                {
                    return null;
                }

                var place = Nearest();
                connection = _idle[place];
                _idle.RemoveAt(place);
                _busy.Add(connection);
            }

            if (IsYoung(connection) && !connection.HasUnreadInput)
            {
                return connection;
            }

            Discard(connection);
        }
    }

    // The last used one, preferably of those whose replies come in on this very thread: then client and hub are served
    // without a change of threads.
    private int Nearest()
    {
        var thread = Environment.CurrentManagedThreadId;
        for (var i = _idle.Count - 1; i >= 0; i--)
        {
            if (_idle[i].ServedBy == thread)
            {
                return i;
            }
        }

        return _idle.Count - 1;
    }

    private bool IsYoung(HubConnection connection)
    {
        var limits = _connector.Config.Limits;
        return connection.Messages < limits.MaxMessagesPerConnection
            && _sweep.Time.GetElapsedTime(connection.OpenedAt).TotalSeconds < limits.MaxConnectionAgeSeconds;
    }

    private async ValueTask<HubConnectResult> CheckAsync(HubConnection idle, long notAfter, CancellationToken cancellationToken)
    {
        var fault = await idle.WriteAsync(Noop, cancellationToken);
        var answer = fault == HubFault.None ? await idle.ReadReplyAsync(HubPhase.Noop, cancellationToken) : fault;
        if (answer is { Reply.IsPositive: true } && !idle.HasBufferedInput)
        {
            return new HubConnectResult(idle, HubPhase.Ehlo, default, "");
        }

        Discard(idle);
        return await OpenAsync(notAfter, cancellationToken);
    }

    private async ValueTask<HubConnectResult> OpenAsync(long notAfter, CancellationToken cancellationToken)
    {
        var result = await _connector.ConnectAsync(ProbeDepth.Auth, notAfter, cancellationToken);
        if (result.Connection is { } connection)
        {
            lock (_lock)
            {
                _busy.Add(connection);
            }
        }

        return result;
    }

    private void CloseIdle(Predicate<HubConnection> which)
    {
        List<HubConnection>? closing = null;
        lock (_lock)
        {
            for (var i = _idle.Count - 1; i >= 0; i--)
            {
                if (which(_idle[i]))
                {
                    (closing ??= []).Add(_idle[i]);
                    _idle.RemoveAt(i);
                }
            }
        }

        foreach (var connection in closing ?? [])
        {
            _ = connection.QuitAsync(CancellationToken.None);
        }
    }
}
