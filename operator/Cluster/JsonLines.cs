using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace RelayOperator.Operator.Cluster;

/// <summary>
/// JSON parted by line ends, as a watch sends it. Contract: each is there until the next one is asked for; what breaks off,
/// is none or has no end is a <see cref="ClusterException"/>.
/// </summary>
internal static class JsonLines
{
    // An object of etcd has 1.5 MiB at most, and the bookkeeping around it is less.
    private const long LongestLine = 8 * 1024 * 1024;

    public static async IAsyncEnumerable<JsonElement> ReadAsync(Stream stream, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var reader = PipeReader.Create(stream, new StreamPipeReaderOptions(leaveOpen: true));
        try
        {
            while (true)
            {
                var (buffer, isLast) = await MoreAsync(reader, cancellationToken);
                while (buffer.PositionOf((byte)'\n') is { } end)
                {
                    var line = buffer.Slice(0, end);
                    if (!line.IsEmpty)
                    {
                        using var document = Parse(line);
                        yield return document.RootElement;
                    }

                    buffer = buffer.Slice(buffer.GetPosition(1, end));
                }

                if (buffer.Length > LongestLine)
                {
                    throw new ClusterException("Malformed", $"the watch sent a line of more than {LongestLine} bytes");
                }

                if (isLast)
                {
                    if (!buffer.IsEmpty)
                    {
                        throw new ClusterException("Unreachable", "the watch broke off within a line");
                    }

                    yield break;
                }

                reader.AdvanceTo(buffer.Start, buffer.End);
            }
        }
        finally
        {
            await reader.CompleteAsync();
        }
    }

    private static async ValueTask<(ReadOnlySequence<byte> Buffer, bool IsLast)> MoreAsync(PipeReader reader, CancellationToken cancellationToken)
    {
        try
        {
            var result = await reader.ReadAsync(cancellationToken);
            return (result.Buffer, result.IsCompleted);
        }
        catch (IOException e)
        {
            throw new ClusterException("Unreachable", $"the watch broke off: {e.Message}");
        }
    }

    private static JsonDocument Parse(ReadOnlySequence<byte> line)
    {
        try
        {
            return JsonDocument.Parse(line);
        }
        catch (JsonException)
        {
            throw new ClusterException("Malformed", "the watch sent what is no JSON");
        }
    }
}
