using System.Net;
using System.Net.Sockets;
using RelayOperator.Api.Config;

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
        _listeners.Values.ToDictionary(listener => listener.Name, listener => listener.EndPoint, StringComparer.Ordinal);

    /// <summary>Binds what is wanted and not bound yet; a text where that cannot be done: then nothing is.</summary>
    public async Task<(IReadOnlyDictionary<int, SmtpListener> Bound, string? Refusal)> BindAsync(PoolConfig config)
    {
        var bound = new Dictionary<int, SmtpListener>();
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

                return (bound, $"listener {listener.Name} cannot listen on {address}: {e.Message}");
            }
        }

        return (bound, null);
    }

    /// <summary>Accepts on what was bound, and stops what the configuration does not name.</summary>
    public async Task SwitchAsync(PoolConfig config, IReadOnlyDictionary<int, SmtpListener> bound)
    {
        var wanted = config.Listeners.ToDictionary(listener => listener.Port, listener => listener.Name);
        var before = _listeners;
        _listeners = before.Where(entry => wanted.ContainsKey(entry.Key)).Concat(bound).ToDictionary();
        foreach (var (port, listener) in _listeners)
        {
            listener.Name = wanted[port];
        }

        foreach (var listener in bound.Values)
        {
            listener.Start();
        }

        foreach (var (_, listener) in before.Where(entry => !wanted.ContainsKey(entry.Key)))
        {
            await listener.StopAsync();
        }
    }

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
