namespace RelayOperator.Relay.Spool;

/// <summary>
/// Brings a body into the spool while it is read: gathers pieces into chunks, and appends each when it is full. A body of
/// one chunk is not appended but handed over with its message. Never holds more than one chunk.
/// </summary>
/// <param name="spool">The store.</param>
/// <param name="id">The message's id.</param>
/// <param name="expectedBytes">How large the body is where that is known: spares copies; otherwise 0.</param>
public sealed class BodyAppender(ISpool spool, SpoolId id, long expectedBytes)
{
    private const int SmallestBuffer = 4 * 1024;

    private byte[] _buffer = [];
    private int _filled;
    private bool _appended;

    /// <summary>Chunks so far, the one being filled included.</summary>
    public int Chunks { get; private set; }

    /// <summary>Bytes so far.</summary>
    public long Bytes { get; private set; }

    /// <summary>The body's checksum; right once <see cref="CompleteAsync"/> was called.</summary>
    public uint Checksum { get; private set; }

    /// <summary>Free room in the chunk that is being filled; the chunk grows with what comes.</summary>
    public Memory<byte> Room => _buffer.AsMemory(_filled);

    /// <summary>Counts bytes written to <see cref="Room"/>.</summary>
    public void Advance(int count)
    {
        _filled += count;
        Bytes += count;
    }

    /// <summary>Bytes of memory that <see cref="MakeRoomAsync"/> takes beyond those it has; 0 where it stores the chunk instead.</summary>
    public int Growth => NextLength - _buffer.Length;

    /// <summary>Makes room: a larger buffer, or the full chunk to the spool; false where the store fails.</summary>
    public async ValueTask<bool> MakeRoomAsync()
    {
        if (_buffer.Length < ISpool.ChunkBytes)
        {
            Array.Resize(ref _buffer, NextLength);
            return true;
        }

        return await FlushAsync();
    }

    /// <summary>Takes a piece; false where the store fails.</summary>
    public async ValueTask<bool> AppendAsync(ReadOnlyMemory<byte> piece)
    {
        while (!piece.IsEmpty)
        {
            if (Room.IsEmpty && !await MakeRoomAsync())
            {
                return false;
            }

            var taken = Math.Min(piece.Length, Room.Length);
            piece[..taken].CopyTo(Room);
            Advance(taken);
            piece = piece[taken..];
        }

        return true;
    }

    /// <summary>The body is whole: what is left is appended, or comes back where it is all of it. Null where the store fails.</summary>
    public async ValueTask<ReadOnlyMemory<byte>?> CompleteAsync()
    {
        if (Chunks == 0)
        {
            Chunks = 1;
            Checksum = BodyChecksum.Append(0, BodyChecksum.Of(_buffer.AsSpan(0, _filled)));
            return _buffer.AsMemory(0, _filled);
        }

        return _filled == 0 || await FlushAsync() ? ReadOnlyMemory<byte>.Empty : null;
    }

    /// <summary>The message was committed: the chunks are its own.</summary>
    public void HandOver() => _appended = false;

    /// <summary>Gives up what was appended, if it was not handed over.</summary>
    public void Abandon()
    {
        if (_appended)
        {
            _appended = false;
            _ = spool.DropAsync(id).AsTask();
        }
    }

    private int NextLength => (int)Math.Min(_buffer.Length == 0 ? Math.Max(expectedBytes, SmallestBuffer) : _buffer.Length * 4L, ISpool.ChunkBytes);

    private async ValueTask<bool> FlushAsync()
    {
        var chunk = _buffer.AsMemory(0, _filled);
        Checksum = BodyChecksum.Append(Checksum, BodyChecksum.Of(chunk.Span));
        var outcome = await spool.AppendAsync(id, Chunks, chunk);
        Chunks++;
        _filled = 0;
        _appended = true;
        return outcome == SpoolOutcome.Done;
    }
}
