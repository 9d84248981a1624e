using System.Net;
using System.Net.Sockets;
using RelayOperator.Api;
using RelayOperator.Api.Config;
using RelayOperator.Relay.Authentication;
using RelayOperator.Relay.TransportSecurity;

namespace RelayOperator.Relay.Server;

/// <summary>
/// The addresses that are listened on. A change has two steps, so that a taken address refuses it before anything has
/// changed: <see cref="BindAsync"/> binds what is new, <see cref="SwitchAsync"/> begins to accept there and lets go of
/// what is no longer wanted; sessions of the others go on. One caller at a time.
/// </summary>
/// <param name="bind">The address that listeners bind.</param>
/// <param name="listen">Binds one listener.</param>
public sealed class ListenerSet(IPAddress bind, Func<ListenerConfig, IPEndPoint, SmtpListener> listen)
{
    // By port. Replaced, never changed: whoever reads takes no lock.
    private volatile Dictionary<int, SmtpListener> _listeners = [];

    /// <summary>Where the listeners are bound, by name.</summary>
    public IReadOnlyDictionary<string, EndPoint> EndPoints =>
        _listeners.Values.ToDictionary(listener => listener.State.Name, listener => listener.EndPoint, StringComparer.Ordinal);

    /// <summary>TLS of the listeners that have it, by name.</summary>
    public IReadOnlyDictionary<string, ListenerTls> Tls =>
        _listeners.Values.Where(listener => listener.State.Tls is not null).ToDictionary(listener => listener.State.Name, listener => listener.State.Tls!, StringComparer.Ordinal);

    /// <summary>Reads certificates, and binds what is wanted and not bound yet; a text where that cannot be done: then nothing is.</summary>
    public async Task<(BoundListeners Bound, string? Refusal)> BindAsync(PoolConfig config)
    {
        var states = new Dictionary<int, ListenerState>();
        var bound = new Dictionary<int, SmtpListener>();
        foreach (var listener in config.Listeners)
        {
            try
            {
                states[listener.Port] = new ListenerState(listener.Name, listener.Protocol, Load(listener)) 
                {
                    Users = Users(listener, config.Uid),
                    Proxies = listener.ProxyCidrs,
                    Introducers = listener.XclientCidrs,
                };
            }
            catch (Exception e) when (PemText.IsJudgement(e))
            {
                return (new BoundListeners(bound, states), $"listener {listener.Name} cannot use its certificates: {e.Message}");
            }
        }

        foreach (var listener in config.Listeners.Where(listener => !_listeners.ContainsKey(listener.Port)))
        {
            var address = new IPEndPoint(bind, listener.Port);
            try
            {
                bound[listener.Port] = listen(listener, address);
            }
            catch (SocketException e)
            {
                foreach (var other in bound.Values)
                {
                    await other.StopAsync();
                }

                return (new BoundListeners(bound, states), $"listener {listener.Name} cannot listen on {address}: {e.Message}");
            }
        }

        return (new BoundListeners(bound, states), null);
    }

    /// <summary>Accepts on what was bound, and stops what the configuration does not name.</summary>
    public async Task SwitchAsync(BoundListeners bound)
    {
        var wanted = bound.States;
        var before = _listeners;
        _listeners = before.Where(entry => wanted.ContainsKey(entry.Key)).Concat(bound.New).ToDictionary();
        foreach (var (port, listener) in _listeners)
        {
            listener.State = wanted[port];
        }

        foreach (var listener in bound.New.Values)
        {
            listener.Start();
        }

        foreach (var (_, listener) in before.Where(entry => !wanted.ContainsKey(entry.Key)))
        {
            await listener.StopAsync();
        }
    }

    // What did not change stays as it is, with the sessions that clients may resume.
    private ListenerTls? Load(ListenerConfig listener) =>
        listener.Tls is null ? null
        : _listeners.TryGetValue(listener.Port, out var now) && now.State.Tls is { } loaded && loaded.Config == listener.Tls ? loaded
        : new ListenerTls(listener.Tls);

    private UserDirectory? Users(ListenerConfig listener, string poolUid) =>
        listener.Auth is null ? null
        : _listeners.TryGetValue(listener.Port, out var now) && now.State.Users is { } known && known.Config == listener.Auth ? known
        : new UserDirectory(listener.Auth, poolUid);

    /// <summary>Accepts nowhere any more.</summary>
    public async Task StopAsync()
    {
        var before = _listeners;
        _listeners = [];
        foreach (var listener in before.Values)
        {
            await listener.StopAsync();
        }
    }
}
