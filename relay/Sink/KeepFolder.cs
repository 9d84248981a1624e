using System.Globalization;

namespace RelayOperator.Relay.Sink;

/// <summary>
/// A folder that keeps each message as a file of its own, byte for byte as it was sent, dots unstuffed. A file is
/// written whole and fsynced under <c>incoming/</c> and then renamed, all before the sink answers 250: every <c>*.eml</c>
/// is whole, and every 250 has its <c>*.eml</c>, also after <c>kill -9</c>. The folder itself is not fsynced, so a
/// power cut may take the last names away.
/// </summary>
public sealed class KeepFolder
{
    private readonly string _folder;
    private readonly string _incoming;
    private readonly string _run = Guid.NewGuid().ToString("N")[..8];
    private long _last;

    public KeepFolder(DirectoryInfo folder)
    {
        _folder = folder.FullName;
        _incoming = Path.Combine(_folder, "incoming");
        Directory.CreateDirectory(_incoming);
    }

    /// <summary>Begins a message's file; the name is unique over all runs.</summary>
    public KeptMessage Begin()
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"{_run}-{Interlocked.Increment(ref _last):D7}.eml");
        return new KeptMessage(Path.Combine(_incoming, name), Path.Combine(_folder, name));
    }
}
