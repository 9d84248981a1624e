using System.Globalization;

namespace RelayOperator.Relay.Tracking;

/// <summary>
/// Tracking lines in a folder of files named <c>tracking-&lt;UTC time&gt;.jsonl</c>, which sort by name in order of time.
/// Contract: goes on with the newest file after a restart; begins another one where lines would make it larger than
/// wanted, and then removes the oldest beyond those to keep; what could not be written whole leaves nothing behind.
/// The folder is for one relay alone.
/// </summary>
/// <param name="folder">Made where it does not exist.</param>
/// <param name="maxBytes">Size of a file at most, unless the lines of one write are more.</param>
/// <param name="keep">How many files stay, the current one included.</param>
/// <param name="time">Names the files.</param>
public sealed class TrackingFiles(string folder, long maxBytes, int keep, TimeProvider time) : ITrackingSink
{
    public const long DefaultMaxBytes = 64 * 1024 * 1024;

    public const int DefaultKeep = 8;

    /// <summary>What the files' names match.</summary>
    public const string Pattern = "tracking-*.jsonl";

    private const string Stamp = "'tracking-'yyyyMMdd'T'HHmmss.fff'Z.jsonl'";

    private FileStream? _file;
    private long _length;

    /// <summary>The files of a folder, the oldest first.</summary>
    public static string[] In(string folder)
    {
        var files = Directory.GetFiles(folder, Pattern);
        Array.Sort(files, StringComparer.Ordinal);
        return files;
    }

    public void Write(ReadOnlySpan<byte> lines)
    {
        if (_file is null)
        {
            Continue();
        }

        if (_file is null || (_length != 0 && _length + lines.Length > maxBytes))
        {
            Begin();
        }

        // A full disk may have taken half of the lines before: they are written over.
        _file!.Position = _length;
        try
        {
            _file.Write(lines);
            _length += lines.Length;
        }
        catch (IOException)
        {
            _file.SetLength(_length);
            throw;
        }
    }

    public void Dispose() => _file?.Dispose();

    private void Continue()
    {
        Directory.CreateDirectory(folder);
        if (In(folder) is not [.., var newest] || new FileInfo(newest).Length >= maxBytes)
        {
            return;
        }

        Open(newest, FileMode.Open);
        _length = _file!.Length;
        if (_length != 0)
        {
            _file.Position = _length - 1;
            if (_file.ReadByte() != '\n')
            {
                // The process before ended within a line.
                _file.WriteByte((byte)'\n');
                _length++;
            }
        }
    }

    private void Begin()
    {
        Directory.CreateDirectory(folder);
        var files = In(folder);
        var stamp = time.GetUtcNow().UtcDateTime;
        // A clock that went back must not put the new file before the others.
        if (files.Length != 0
            && DateTime.TryParseExact(Path.GetFileName(files[^1]), Stamp, CultureInfo.InvariantCulture, DateTimeStyles.None, out var last)
            && stamp < last.AddMilliseconds(1))
        {
            stamp = last.AddMilliseconds(1);
        }

        Open(Path.Combine(folder, stamp.ToString(Stamp, CultureInfo.InvariantCulture)), FileMode.CreateNew);
        for (var i = 0; i <= files.Length - keep; i++)
        {
            File.Delete(files[i]);
        }
    }

    private void Open(string path, FileMode mode)
    {
        // Without a buffer of its own a write that fails has failed, rather than coming back with the next one.
        var file = new FileStream(path, mode, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        _file?.Dispose();
        _file = file;
        _length = 0;
    }
}
