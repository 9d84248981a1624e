namespace RelayOperator.Relay.Sink;

/// <summary>One message on its way into a <see cref="KeepFolder"/>: written, then kept, or else deleted by Dispose.</summary>
public sealed class KeptMessage : IDisposable
{
    private readonly FileStream _file;
    private readonly string _temporary;
    private readonly string _final;
    private bool _kept;

    public KeptMessage(string temporary, string final)
    {
        _temporary = temporary;
        _final = final;
        _file = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.Read, 65_536);
    }

    /// <summary>Adds content; false where the disk would not take it.</summary>
    public bool TryWrite(ReadOnlySpan<byte> content)
    {
        try
        {
            _file.Write(content);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    /// <summary>Makes the message durable and gives it its name, so that the 250 may follow; false where that failed.</summary>
    public bool TryKeep()
    {
        try
        {
            _file.Flush(flushToDisk: true);
            _file.Dispose();
            File.Move(_temporary, _final);
            return _kept = true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    public void Dispose()
    {
        if (_kept)
        {
            return;
        }

        try
        {
            _file.Dispose();
        }
        catch (IOException)
        {
            // What a full disk would not take is to be deleted anyway.
        }

        File.Delete(_temporary);
    }
}
