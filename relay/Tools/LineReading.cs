namespace RelayOperator.Relay.Tools;

/// <summary>Takes lines from a stream; what stands behind the last one that was taken can be had as it is.</summary>
internal sealed class LineReading(Stream input)
{
    /// <summary>Octets of a line at most.</summary>
    private const int MostBytes = 16 * 1024 * 1024;

    private byte[] _buffer = new byte[64 * 1024];
    private int _start;
    private int _end;

    /// <summary>What was read behind the last line; the stream goes on behind it.</summary>
    public ReadOnlyMemory<byte> Rest => _buffer.AsMemory(_start, _end - _start);

    /// <summary>The next line without its end, valid until the next call; empty at the end of the stream, and where a line is too long.</summary>
    public async ValueTask<ReadOnlyMemory<byte>> NextAsync(CancellationToken cancellationToken)
    {
        var looked = _start;
        while (true)
        {
            if (_buffer.AsSpan(looked, _end - looked).IndexOf((byte)'\n') is >= 0 and var found)
            {
                var line = _buffer.AsMemory(_start, looked + found - _start);
                _start = looked + found + 1;
                return line;
            }

            MakeRoom();
            looked = _end;
            var read = await input.ReadAsync(_buffer.AsMemory(_end), cancellationToken);
            if (read == 0 || _end + read > MostBytes)
            {
                return default;
            }

            _end += read;
        }
    }

    private void MakeRoom()
    {
        if (_start != 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
        }
        else if (_end == _buffer.Length)
        {
            Array.Resize(ref _buffer, _buffer.Length * 2);
        }
    }
}
