using System.Buffers;

namespace RelayOperator.Relay.Server;

/// <summary>
/// What was read of a client and is not consumed: a small buffer of the session's own for commands, a larger borrowed one
/// while a body comes. Where it lies changes only in <see cref="MakeRoom"/> and <see cref="Narrow"/>, neither of which may
/// be called while a read into <see cref="Room"/> is under way.
/// </summary>
public sealed class InputBuffer
{
    // An idle session costs no more than this; a body is worth fewer system calls.
    private const int NarrowBytes = 2 * 1024;
    private const int WideBytes = 32 * 1024;

    private readonly byte[] _own = new byte[NarrowBytes];
    private byte[] _bytes;
    private int _start;
    private int _end;
    private bool _wide;
    private bool _borrowed;

    public InputBuffer() => _bytes = _own;

    /// <summary>How much is not consumed.</summary>
    public int Count => _end - _start;

    /// <summary>What is not consumed.</summary>
    public ReadOnlySequence<byte> Unread => new(_bytes, _start, _end - _start);

    /// <summary>Where the next read goes.</summary>
    public Memory<byte> Room => _bytes.AsMemory(_end);

    /// <summary>So much was read into <see cref="Room"/>.</summary>
    public void Advance(int count) => _end += count;

    public void Consume(int count) => _start += count;

    /// <summary>From the next <see cref="MakeRoom"/> on, the buffer is the larger one.</summary>
    public void Widen() => _wide = true;

    /// <summary>The larger buffer goes back, at once where that can be: what is unread fits, and no read is under way.</summary>
    public void Narrow(bool isFree)
    {
        _wide = false;
        if (isFree)
        {
            Fit();
        }
    }

    /// <summary>Sees to room behind what is unread, in a larger buffer than is wanted where that would not hold it.</summary>
    public void MakeRoom()
    {
        Fit();
        if (Count == _bytes.Length)
        {
            MoveTo(new byte[_bytes.Length * 2], borrowed: false);
        }
        else if (Count == 0)
        {
            _start = _end = 0;
        }
        else if (_bytes.Length - _end < NarrowBytes / 2 && _start > 0)
        {
            MoveTo(_bytes, _borrowed);
        }
    }

    /// <summary>Nothing is read any more; while a read may still write, what is borrowed is left to the garbage collector.</summary>
    public void Release(bool isFree)
    {
        if (_borrowed && isFree)
        {
            _start = _end = 0;
            MoveTo(_own, borrowed: false);
        }
    }

    private void Fit()
    {
        var wanted = _wide ? WideBytes : NarrowBytes;
        if (_bytes.Length != wanted && Count < wanted)
        {
            MoveTo(_wide ? ArrayPool<byte>.Shared.Rent(wanted) : _own, borrowed: _wide);
        }
    }

    private void MoveTo(byte[] bytes, bool borrowed)
    {
        _bytes.AsSpan(_start, Count).CopyTo(bytes);
        _end -= _start;
        _start = 0;
        if (_borrowed && !ReferenceEquals(bytes, _bytes))
        {
            ArrayPool<byte>.Shared.Return(_bytes);
        }

        _bytes = bytes;
        _borrowed = borrowed;
    }
}
