using System.Text;

namespace RelayOperator.Relay.Send;

/// <summary>The file of acknowledged ids, a line each, handed to the system as soon as the 250 is read. Thread-safe.</summary>
public sealed class AcknowledgedIds : IDisposable
{
    private readonly Lock _lock = new();
    private readonly StreamWriter? _file;

    /// <summary>Replaces the file where it exists; null keeps nothing.</summary>
    public AcknowledgedIds(FileInfo? file) =>
        _file = file is null ? null : new StreamWriter(file.Open(FileMode.Create, FileAccess.Write, FileShare.Read), Encoding.ASCII) { AutoFlush = true };

    public void Add(string id)
    {
        lock (_lock)
        {
            _file?.Write($"{id}\n");
        }
    }

    public void Dispose() => _file?.Dispose();
}
