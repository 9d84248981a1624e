namespace RelayOperator.Relay.Spool.Sqlite;

/// <summary>
/// The folder of a spool, held by one process at a time. The lock is the kernel's, on an open file, so it ends with the
/// process in whatever way that ends; a network file system, where neither that nor a sync can be relied on, is refused.
/// </summary>
internal sealed class SpoolFolder : IDisposable
{
    private readonly FileStream _lock;

    private SpoolFolder(string path, FileStream held)
    {
        Path = path;
        _lock = held;
    }

    public string Path { get; }

    public string Database => System.IO.Path.Combine(Path, "spool.db");

    public string Flight => System.IO.Path.Combine(Path, "flight");

    /// <summary>Where a salvage writes what verifies, until it takes the database's place.</summary>
    public string Salvaged => System.IO.Path.Combine(Path, "salvaged.db");

    /// <summary>Octets free on its disk.</summary>
    public long FreeBytes => new DriveInfo(Path).AvailableFreeSpace;

    /// <summary>Makes the folder where it is missing, and takes its lock; a text where that cannot be done.</summary>
    public static (SpoolFolder? Folder, string? Refusal) Open(string path)
    {
        try
        {
            Directory.CreateDirectory(path);
            if (new DriveInfo(path).DriveType == DriveType.Network)
            {
                return (null, $"the spool's folder {path} lies on a network file system ({new DriveInfo(path).DriveFormat}), where an acknowledged message may be lost: use a local disk or a block volume");
            }

            var held = new FileStream(System.IO.Path.Combine(path, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            return (new SpoolFolder(path, held), null);
        }
        catch (IOException e) when (IsLocked(e))
        {
            return (null, $"the spool's folder {path} is in use by another process: each relay needs a folder of its own");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return (null, $"the spool's folder {path} cannot be used: {e.Message}");
        }
    }

    public void Dispose() => _lock.Dispose();

    // EWOULDBLOCK, as the runtime passes it on.
    private static bool IsLocked(IOException e) => e.HResult is 11 or 35 || e.Message.Contains("being used by another process", StringComparison.Ordinal);
}
