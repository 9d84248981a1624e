using System.Net.Sockets;
using System.Runtime.CompilerServices;
using RelayOperator.Relay.Health;
using RelayOperator.Relay.Smtp;
using RelayOperator.Relay.Timing;

namespace RelayOperator.Relay.Hubs;

/// <summary>
/// One SMTP connection to a hub: writes bytes, reads replies, each within its phase's time.
/// Contract: one reader and one writer at a time, which may be two tasks; any fault is final: the connection is dead and
/// only to be discarded. <see cref="Abandon"/> may come from any thread. Nothing here throws for what a hub does.
/// </summary>
public sealed class HubConnection : IDeadline, IDisposable
{
    private const int InitialBuffer = 1024;
    private const int MaxReply = (HubReplyParser.MaxLine + 2) * HubReplyParser.MaxLines;

    private static readonly ReadOnlyMemory<byte> Quit = "QUIT\r\n"u8.ToArray();

    private readonly Socket _socket;
    private readonly DeadlineSweep _sweep;
    private readonly HubTimeouts _timeouts;
    private Stream _stream;
    private byte[] _buffer = new byte[InitialBuffer];
    private Task<int>? _ahead;
    private int _start;
    private int _end;
    private long _readDue = long.MaxValue;
    private long _writeDue = long.MaxValue;
    private long _notAfter = long.MaxValue;
    private long _waitingSince;
    private volatile bool _streaming;
    private int _fault;

    public HubConnection(Socket socket, Stream stream, DeadlineSweep sweep, HubTimeouts timeouts)
    {
        _socket = socket;
        _stream = stream;
        _sweep = sweep;
        _timeouts = timeouts;
        OpenedAt = sweep.Time.GetTimestamp();
        sweep.Add(this);
    }

    /// <inheritdoc/>
    public long Due
    {
        get
        {
            var due = Math.Min(Volatile.Read(ref _readDue), Volatile.Read(ref _writeDue));
            // The cap holds for what is waited for, never for an idle connection, and not for the verdict.
            return due == long.MaxValue || AwaitsVerdict ? due : Math.Min(due, Volatile.Read(ref _notAfter));
        }
    }

    /// <summary>What the hub offered on this connection.</summary>
    public HubCapabilities Capabilities { get; set; } = HubCapabilities.HeloOnly;

    /// <summary>When it was opened, as a timestamp.</summary>
    public long OpenedAt { get; }

    /// <summary>When it went idle, as a timestamp.</summary>
    public long IdleSince { get; set; }

    /// <summary>The thread that serves its socket's events, as last seen; 0 for not seen yet.</summary>
    public int ServedBy { get; private set; }

    /// <summary>Messages delivered over it.</summary>
    public int Messages { get; set; }

    /// <summary>No transaction was tried on it yet.</summary>
    public bool Fresh { get; set; } = true;

    /// <summary>What XCLIENT last told the hub; null for nothing.</summary>
    public string? Introduced { get; set; }

    /// <summary>TLS version and cipher; "" in the clear.</summary>
    public string TlsDescription { get; set; } = "";

    /// <summary>Since when something is waited for, as a timestamp; 0 for nothing.</summary>
    public long WaitingSince => Volatile.Read(ref _waitingSince);

    /// <summary>The final dot is sent: the wait is for the verdict, whose time is its own.</summary>
    public bool AwaitsVerdict { get; private set; }

    /// <summary>Until when replies are waited for at most, whatever the phase allows; a timestamp.</summary>
    public long NotAfter
    {
        set => Volatile.Write(ref _notAfter, value);
    }

    /// <summary>A fault occurred, or the hub or the relay gave it up.</summary>
    public bool IsDead => Volatile.Read(ref _fault) != 0;

    /// <summary>The stream beneath, to be wrapped in TLS.</summary>
    public Stream Stream => _stream;

    /// <summary>Goes on over TLS; nothing may be left of what came in the clear.</summary>
    public void Secure(Stream secured, string description)
    {
        _stream = secured;
        TlsDescription = description;
    }

    /// <summary>Writes all bytes; the fault says why not.</summary>
    public async ValueTask<HubFault> WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        if (bytes.IsEmpty)
        {
            return HubFault.None;
        }

        Volatile.Write(ref _writeDue, _sweep.After(_timeouts.Block));
        BeginWait();
        try
        {
            await _stream.WriteAsync(bytes, cancellationToken);
            return HubFault.None;
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or InvalidOperationException)
        {
            return Die(FaultOf(e));
        }
        finally
        {
            Volatile.Write(ref _writeDue, long.MaxValue);
            if (!(_streaming && AwaitsVerdict))
            {
                EndWait();
            }
        }
    }

    /// <summary>Waits for one whole reply.</summary>
    public ValueTask<HubAnswer> ReadReplyAsync(HubPhase phase, CancellationToken cancellationToken) =>
        TryParse(out var answer) ? new(answer) : WaitForReplyAsync(phase, cancellationToken);

    /// <summary>The final dot goes out now: from here on the verdict's own time counts.</summary>
    public void BeginVerdict()
    {
        AwaitsVerdict = true;
        if (_streaming)
        {
            Volatile.Write(ref _readDue, _sweep.After(_timeouts.Dot));
            BeginWait();
        }
    }

    public void EndVerdict()
    {
        AwaitsVerdict = false;
        Volatile.Write(ref _readDue, long.MaxValue);
        EndWait();
    }

    /// <summary>Replies lie in the buffer that no command has been sent for.</summary>
    public bool HasBufferedInput => _start != _end;

    /// <summary>
    /// Begins to read what only comes with the next transaction's first reply, so that whatever comes before is seen:
    /// asking the socket would miss what TLS has already taken from it.
    /// </summary>
    public void Rest()
    {
        // Given back unused, it rests already; a second read would take what the first one waits for.
        if (_ahead is not null)
        {
            return;
        }

        MakeRoom();
        try
        {
            _ahead = _stream.ReadAsync(_buffer.AsMemory(_end), CancellationToken.None).AsTask();
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or InvalidOperationException)
        {
            Die(FaultOf(e));
        }
    }

    /// <summary>Whether input came that nobody asked for, the end of the connection included.</summary>
    public bool HasUnreadInput => HasBufferedInput || IsDead || _ahead is { IsCompleted: true };

    /// <summary>Takes leave with QUIT, and ends it.</summary>
    public async Task QuitAsync(CancellationToken cancellationToken)
    {
        using (this)
        {
            if (await WriteAsync(Quit, cancellationToken) == HubFault.None)
            {
                await ReadReplyAsync(HubPhase.Quit, cancellationToken);
            }
        }
    }

    /// <summary>Gives the connection up; a wait on it ends with <paramref name="fault"/>.</summary>
    public void Abandon(HubFault fault)
    {
        Die(fault);
        _socket.Dispose();
    }

    /// <inheritdoc/>
    public void Expire()
    {
        // Cut short by the transaction's patience, most of which other hubs used up: that is no silence of this one's.
        var cutShort = Due == Volatile.Read(ref _notAfter)
            && _sweep.Time.GetElapsedTime(WaitingSince).TotalSeconds < Unresponsiveness.SilentSeconds;
        Abandon(cutShort ? HubFault.Abandoned : HubFault.TimedOut);
    }

    public void Dispose()
    {
        _sweep.Remove(this);
        Die(HubFault.Closed);
        _socket.Dispose();
        _stream.Dispose();
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<HubAnswer> WaitForReplyAsync(HubPhase phase, CancellationToken cancellationToken)
    {
        _streaming = phase == HubPhase.Body;
        if (!_streaming)
        {
            Volatile.Write(ref _readDue, _sweep.After(_timeouts.For(phase)));
            BeginWait();
        }

        try
        {
            while (true)
            {
                var reading = ReadAsync(cancellationToken);
                var waits = !reading.IsCompleted;
                var read = await reading;
                if (waits)
                {
                    ServedBy = Environment.CurrentManagedThreadId;
                }

                if (read == 0)
                {
                    return Die(_end > _start ? HubFault.Malformed : HubFault.Closed);
                }

                _end += read;
                if (TryParse(out var answer))
                {
                    return answer;
                }

                if (_end - _start >= MaxReply)
                {
                    return Die(HubFault.Malformed);
                }
            }
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or InvalidOperationException)
        {
            return Die(FaultOf(e));
        }
        finally
        {
            _streaming = false;
            Volatile.Write(ref _readDue, long.MaxValue);
            EndWait();
        }
    }

    private ValueTask<int> ReadAsync(CancellationToken cancellationToken)
    {
        if (_ahead is { } ahead)
        {
            _ahead = null;
            return new(ahead);
        }

        MakeRoom();
        return _stream.ReadAsync(_buffer.AsMemory(_end), cancellationToken);
    }

    private bool TryParse(out HubAnswer answer)
    {
        answer = default;
        if (_start == _end)
        {
            return false;
        }

        switch (HubReplyParser.TryParse(_buffer.AsSpan(_start, _end - _start), out var reply, out var consumed))
        {
            case ReplyStatus.Reply:
                _start += consumed;
                if (_start == _end)
                {
                    _start = _end = 0;
                }

                answer = reply!;
                return true;
            case ReplyStatus.Malformed:
                answer = Die(HubFault.Malformed);
                return true;
            default:
                return false;
        }
    }

    private void MakeRoom()
    {
        if (_end < _buffer.Length)
        {
            return;
        }

        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
        }
        else
        {
            Array.Resize(ref _buffer, _buffer.Length * 2);
        }

        _end -= _start;
        _start = 0;
    }

    private void BeginWait() => Interlocked.CompareExchange(ref _waitingSince, _sweep.Time.GetTimestamp(), 0);

    private void EndWait() => Volatile.Write(ref _waitingSince, 0);

    // The first fault is the one that counts: closing the socket makes others follow.
    private HubFault Die(HubFault fault)
    {
        var first = Interlocked.CompareExchange(ref _fault, (int)fault, 0);
        return first == 0 ? fault : (HubFault)first;
    }

    private static HubFault FaultOf(Exception exception) =>
        (exception as SocketException ?? exception.InnerException as SocketException)?.SocketErrorCode switch
        {
            SocketError.ConnectionReset or SocketError.Shutdown or SocketError.ConnectionAborted => HubFault.Reset,
            SocketError.TimedOut => HubFault.TimedOut,
            _ => HubFault.Closed,
        };
}
