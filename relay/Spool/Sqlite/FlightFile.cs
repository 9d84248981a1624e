using System.IO.MemoryMappedFiles;

namespace RelayOperator.Relay.Spool.Sqlite;

/// <summary>
/// Which messages are in flight, for whoever comes after a crash. Not synced: what it is for is the end of the process,
/// which leaves the kernel's copy in place; after a power cut it may tell nothing, and nobody is suspected. Thread-safe.
/// </summary>
internal sealed class FlightFile : IDisposable
{
    private const int Slots = 16 * 1024;

    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly Lock _lock = new();
    private readonly Stack<int> _free = new(Slots);

    private FlightFile(MemoryMappedFile file)
    {
        _file = file;
        _view = file.CreateViewAccessor(0, (long)Slots * sizeof(long));
        for (var slot = Slots - 1; slot >= 0; slot--)
        {
            _free.Push(slot);
        }
    }

    /// <summary>Opens it, and tells what was in flight when the process before ended; all slots are free afterwards.</summary>
    public static FlightFile Open(string path, out List<SpoolId> inFlight)
    {
        const int Length = Slots * sizeof(long);
        inFlight = [];
        var stream = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        try
        {
            var bytes = new byte[Length];
            var read = stream.ReadAtLeast(bytes, Length, throwOnEndOfStream: false);
            for (var at = 0; at + sizeof(long) <= read; at += sizeof(long))
            {
                if (BitConverter.ToInt64(bytes, at) is var number and > 0)
                {
                    inFlight.Add(new SpoolId(number));
                }
            }

            // Written in full: a mapped page without a place on a full disk would end the process.
            stream.Position = 0;
            stream.Write(new byte[Length]);
            stream.Flush();
            return new FlightFile(MemoryMappedFile.CreateFromFile(stream, null, Length, MemoryMappedFileAccess.ReadWrite, HandleInheritability.None, leaveOpen: false));
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <summary>Notes a message; -1 where there is no slot.</summary>
    public int Begin(SpoolId id)
    {
        lock (_lock)
        {
            if (!_free.TryPop(out var slot))
            {
                return -1;
            }

            _view.Write((long)slot * sizeof(long), id.Number);
            return slot;
        }
    }

    public void End(int slot)
    {
        lock (_lock)
        {
            _view.Write((long)slot * sizeof(long), 0L);
            _free.Push(slot);
        }
    }

    public void Dispose()
    {
        _view.Dispose();
        _file.Dispose();
    }
}
