using System.Net.Security;
using RelayOperator.Relay.Timing;

namespace RelayOperator.Relay.Server;

/// <summary>
/// Replies on their way to the client: gathered, and sent together. A client that does not read its replies is cut off in
/// the end. One writer, the session; <see cref="Expire"/> comes from another thread.
/// </summary>
/// <param name="stream">The client.</param>
/// <param name="cutOff">Ends the connection, and with it a write that is under way.</param>
/// <param name="sweep">For the time-out.</param>
public sealed class SessionOutput(Stream stream, Action cutOff, DeadlineSweep sweep) : IDeadline
{
    // RFC 5321 §4.5.3.2.7 lets a server wait five minutes; a client that does not read its replies gets as long.
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    private const int UsualBytes = 256;

    private Stream _stream = stream;
    private byte[] _bytes = new byte[UsualBytes];
    private int _length;
    private long _due = long.MaxValue;

    /// <inheritdoc/>
    public long Due => Volatile.Read(ref _due);

    /// <summary>Takes what goes out with the next <see cref="FlushAsync"/>.</summary>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > _bytes.Length - _length)
        {
            Array.Resize(ref _bytes, Math.Max(_length + bytes.Length, _bytes.Length * 2));
        }

        bytes.CopyTo(_bytes.AsSpan(_length));
        _length += bytes.Length;
    }

    /// <summary>Sends what was written; false where the client is gone.</summary>
    public ValueTask<bool> FlushAsync()
    {
        if (_length == 0)
        {
            return new(true);
        }

        try
        {
            var sending = _stream.WriteAsync(_bytes.AsMemory(0, _length), CancellationToken.None);
            if (!sending.IsCompletedSuccessfully)
            {
                return FinishAsync(sending);
            }

            sending.GetAwaiter().GetResult();
            Sent();
            return new(true);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            return new(false);
        }
    }

    /// <summary>Goes on with another stream; all that was written is sent.</summary>
    public void Restart(Stream stream) => _stream = stream;

    /// <summary>Says over TLS that nothing more comes (RFC 8446 §6.1); in the clear the end of the connection says it.</summary>
    public async ValueTask EndAsync()
    {
        if (_stream is SslStream secured)
        {
            await FinishAsync(new(secured.ShutdownAsync()));
        }
    }

    /// <inheritdoc/>
    public void Expire()
    {
        Volatile.Write(ref _due, long.MaxValue);
        cutOff();
    }

    private async ValueTask<bool> FinishAsync(ValueTask sending)
    {
        Volatile.Write(ref _due, sweep.After(Limit));
        sweep.Add(this);
        try
        {
            await sending;
            Sent();
            return true;
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            return false;
        }
        finally
        {
            sweep.Remove(this);
            Volatile.Write(ref _due, long.MaxValue);
        }
    }

    private void Sent()
    {
        _length = 0;
        if (_bytes.Length > 16 * UsualBytes)
        {
            _bytes = new byte[UsualBytes];
        }
    }
}
