using System.Buffers;
using Microsoft.Win32.SafeHandles;
using RelayOperator.Relay.Hubs;

namespace RelayOperator.Relay.Delivery;

/// <summary>
/// A message in wire form, kept until a hub has given its verdict, so that it can be sent again elsewhere. The first
/// <see cref="MemoryBytes"/> stay in memory; the rest goes through one chunk of memory to a temporary file that has no
/// name and vanishes with the process. One writer; reading begins anew for every attempt.
/// </summary>
public sealed class MessageBody(BodyBudget memory, BodyBudget temp, string tempFolder) : IReceivedBody, IHubBody
{
    /// <summary>How much of one message stays in memory; also what is gathered before a hub's DATA begins.</summary>
    public const int MemoryBytes = 256 * 1024;

    private const int FirstChunk = 16 * 1024;
    private const int NextChunk = 64 * 1024;

    private static readonly ReadOnlyMemory<byte> EndOfData = ".\r\n"u8.ToArray();

    private readonly List<Chunk> _chunks = new(1);
    private SafeFileHandle? _file;
    private byte[]? _tail;
    private int _tailLength;
    private long _fileLength;
    private long _memoryTaken;
    private long _tempTaken;

    /// <inheritdoc/>
    public long Length { get; private set; }

    /// <inheritdoc/>
    public bool IsLarge => _file is not null;

    /// <inheritdoc/>
    public Memory<byte> Room
    {
        get
        {
            if (_tail is not null)
            {
                return _tail.AsMemory(_tailLength, NextChunk - EndOfData.Length - _tailLength);
            }

            if (_chunks.Count == 0)
            {
                return default;
            }

            var last = _chunks[^1];
            return last.Bytes.AsMemory(last.Length, last.Limit - last.Length);
        }
    }

    /// <inheritdoc/>
    public void Advance(int count)
    {
        Length += count;
        if (_tail is not null)
        {
            _tailLength += count;
        }
        else
        {
            _chunks[^1].Length += count;
        }
    }

    /// <inheritdoc/>
    public ValueTask<bool> MakeRoomAsync(double progress, Func<CancellationToken> whenGone)
    {
        var next = _chunks.Count == 0 ? FirstChunk : NextChunk;
        if (_file is null && Length < MemoryBytes && memory.TryTake(next))
        {
            AddChunk(next);
            return new(true);
        }

        return MakeRoomSlowlyAsync(next, progress, whenGone);
    }

    /// <inheritdoc/>
    public async ValueTask<HubFault> SendAsync(HubConnection hub, bool dot)
    {
        for (var i = 0; i < _chunks.Count; i++)
        {
            var ends = dot && i == _chunks.Count - 1 && _file is null;
            var fault = await hub.WriteAsync(_chunks[i].Whole(ends), CancellationToken.None);
            if (fault != HubFault.None || ends)
            {
                return fault;
            }
        }

        if (_file is not null)
        {
            var fault = await SendFileAsync(hub);
            if (fault != HubFault.None)
            {
                return fault;
            }
        }

        return await SendTailAsync(hub, dot);
    }

    /// <summary>The first of what is kept: all of the header, as a rule.</summary>
    public ReadOnlyMemory<byte> Head => _chunks.Count == 0 ? default : _chunks[0].Whole(dot: false);

    /// <summary>Hands on everything kept, piece by piece; false where a piece is not taken.</summary>
    public async ValueTask<bool> CopyToAsync(Func<ReadOnlyMemory<byte>, ValueTask<bool>> write)
    {
        foreach (var chunk in _chunks)
        {
            if (!await write(chunk.Whole(dot: false)))
            {
                return false;
            }
        }

        if (_file is not null && !await ReadFileAsync(write))
        {
            return false;
        }

        return _tail is null || await write(_tail.AsMemory(0, _tailLength));
    }

    /// <summary>Writes what the file does not hold yet, and with <paramref name="dot"/> the end of data, in one write.</summary>
    public ValueTask<HubFault> SendTailAsync(HubConnection hub, bool dot)
    {
        if (_tail is null)
        {
            return dot ? hub.WriteAsync(EndOfData, CancellationToken.None) : new(HubFault.None);
        }

        EndOfData.Span.CopyTo(_tail.AsSpan(_tailLength));
        return hub.WriteAsync(_tail.AsMemory(0, _tailLength + (dot ? EndOfData.Length : 0)), CancellationToken.None);
    }

    public void Dispose()
    {
        foreach (var chunk in _chunks)
        {
            ArrayPool<byte>.Shared.Return(chunk.Bytes);
        }

        _chunks.Clear();
        if (_tail is not null)
        {
            ArrayPool<byte>.Shared.Return(_tail);
            _tail = null;
        }

        _file?.Dispose();
        _file = null;
        memory.GiveBack(_memoryTaken);
        temp.GiveBack(_tempTaken);
        _memoryTaken = _tempTaken = 0;
        Length = 0;
    }

    private void AddChunk(int size)
    {
        _memoryTaken += size;
        _chunks.Add(new Chunk(ArrayPool<byte>.Shared.Rent(size), size - EndOfData.Length));
    }

    private static ValueTask<bool> TakeAsync(BodyBudget budget, long bytes, double progress, Func<CancellationToken> whenGone) =>
        budget.TryTake(bytes) ? new(true) : budget.TakeAsync(bytes, progress, whenGone());

    private async ValueTask<bool> MakeRoomSlowlyAsync(int size, double progress, Func<CancellationToken> whenGone)
    {
        if (_file is null && Length < MemoryBytes)
        {
            if (!await TakeAsync(memory, size, progress, whenGone))
            {
                return false;
            }

            AddChunk(size);
            return true;
        }

        if (!await TakeAsync(temp, NextChunk, progress, whenGone))
        {
            return false;
        }

        _tempTaken += NextChunk;
        if (_tail is null)
        {
            if (!await TakeAsync(memory, NextChunk, progress, whenGone))
            {
                return false;
            }

            _memoryTaken += NextChunk;
            if (!TryOpenTemporary())
            {
                return false;
            }

            _tail = ArrayPool<byte>.Shared.Rent(NextChunk);
            return true;
        }

        try
        {
            await RandomAccess.WriteAsync(_file!, _tail.AsMemory(0, _tailLength), _fileLength, CancellationToken.None);
        }
        catch (IOException)
        {
            // A full disk is a full budget: 452 4.3.1, and the client tries again.
            return false;
        }

        _fileLength += _tailLength;
        _tailLength = 0;
        return true;
    }

    private async ValueTask<HubFault> SendFileAsync(HubConnection hub)
    {
        var fault = HubFault.None;
        await ReadFileAsync(async piece => (fault = await hub.WriteAsync(piece, CancellationToken.None)) == HubFault.None);
        return fault;
    }

    // Hands the file over piece by piece, as long as that is wanted.
    private async ValueTask<bool> ReadFileAsync(Func<ReadOnlyMemory<byte>, ValueTask<bool>> take)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(NextChunk);
        try
        {
            for (long at = 0; at < _fileLength;)
            {
                var wanted = (int)Math.Min(NextChunk, _fileLength - at);
                var read = await RandomAccess.ReadAsync(_file!, buffer.AsMemory(0, wanted), at, CancellationToken.None);
                if (read == 0)
                {
                    throw new IOException("A temporary file is shorter than what was written to it.");
                }

                if (!await take(buffer.AsMemory(0, read)))
                {
                    return false;
                }

                at += read;
            }

            return true;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private bool TryOpenTemporary()
    {
        var path = Path.Combine(tempFolder, $"relay-body-{Guid.CreateVersion7():N}");
        try
        {
            _file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Delete);
            // Without a name the kernel frees it when the process ends, in whatever way.
            File.Delete(path);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // No folder to write to is no room: 452 4.3.1, as with a full one.
            return false;
        }
    }

    private sealed class Chunk(byte[] bytes, int limit)
    {
        public byte[] Bytes { get; } = bytes;

        /// <summary>Bytes that may be filled; the end of data has room behind them.</summary>
        public int Limit { get; } = limit;

        public int Length { get; set; }

        public ReadOnlyMemory<byte> Whole(bool dot)
        {
            if (!dot)
            {
                return Bytes.AsMemory(0, Length);
            }

            EndOfData.Span.CopyTo(Bytes.AsSpan(Length));
            return Bytes.AsMemory(0, Length + EndOfData.Length);
        }
    }
}
