using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;

namespace RelayOperator.Relay.Sink;

/// <summary>
/// A hub to try things on: takes mail and forgets it, or keeps it, or refuses it as told. Disposing it leaves in order:
/// sessions hear 421 once their message is answered, and are cut off after <see cref="Grace"/>.
/// </summary>
public sealed class SinkServer : IAsyncDisposable
{
    /// <summary>How long a session may go on with its message once the sink leaves.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    private readonly Socket _listener;
    private readonly SinkSettings _settings;
    private readonly CancellationTokenSource _stopping = new();
    private readonly CancellationTokenSource _abort = new();
    private readonly ConcurrentDictionary<Task, byte> _sessions = new();
    private readonly Task _accepting;
    private bool _disposed;

    private SinkServer(Socket listener, SinkSettings settings)
    {
        _listener = listener;
        _settings = settings;
        EndPoint = (IPEndPoint)listener.LocalEndPoint!;
        _accepting = AcceptAsync();
    }

    /// <summary>Where it listens, with the port that was found where 0 was asked for.</summary>
    public IPEndPoint EndPoint { get; }

    public SinkCounters Counters => _settings.Counters;

    /// <summary>Listens. Throws <see cref="SocketException"/> where the address cannot be had, IOException for the folder.</summary>
    public static SinkServer Start(SinkOptions options, TimeProvider time)
    {
        var settings = new SinkSettings(
            options, new ReplyScript(options.Replies), options.Keep is null ? null : new KeepFolder(options.Keep), new SinkCounters(), time);
        var listener = new Socket(options.Listen.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            listener.Bind(options.Listen);
            listener.Listen(1024);
            return new SinkServer(listener, settings);
        }
        catch (SocketException)
        {
            listener.Dispose();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        await _stopping.CancelAsync();
        await _accepting;
        var end = Task.WhenAll(_sessions.Keys);
        await Task.WhenAny(end, Task.Delay(Grace, _settings.Time));
        await _abort.CancelAsync();
        await end;
        _listener.Dispose();
        _stopping.Dispose();
        _abort.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                var socket = await _listener.AcceptAsync(_stopping.Token);
                var session = ServeAsync(socket);
                _sessions.TryAdd(session, 0);
                _ = session.ContinueWith(
                    (ended, sessions) => ((ConcurrentDictionary<Task, byte>)sessions!).TryRemove(ended, out _),
                    _sessions, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            }
            catch (OperationCanceledException)
            {
                break;
            }
            catch (SocketException)
            {
                // The client was gone before it was accepted, or descriptors ran out: neither ends a hub.
                await Task.Delay(TimeSpan.FromMilliseconds(10), _settings.Time);
            }
        }

        _listener.Close();
    }

    private async Task ServeAsync(Socket socket)
    {
        await Task.Yield();
        _settings.Counters.SessionOpened();
        try
        {
            socket.NoDelay = true;
            await using var session = new SinkSession(new NetworkStream(socket, ownsSocket: true), _settings);
            await session.RunAsync(_stopping.Token, _abort.Token);
        }
        catch (Exception exception) when (exception is IOException or SocketException or AuthenticationException or OperationCanceledException)
        {
            // The client went away, or would not do TLS: the end of this session, and of nothing else.
        }
        finally
        {
            _settings.Counters.SessionClosed();
        }
    }
}
