using System.IO.Pipelines;
using System.Text;
using RelayOperator.Operator.Cluster;
using Xunit;

namespace RelayOperator.Operator.Tests.Cluster;

/// <summary>What a watch sends is read alike however it arrives.</summary>
public sealed class JsonLinesTests
{
    private const string Lines = "{\"a\":1}\n\n{\"a\":\"zwei\"}\n{\"a\":[3]}\n";

    [Fact]
    public async Task Lines_are_read_alike_whatever_pieces_they_come_in()
    {
        var bytes = Encoding.UTF8.GetBytes(Lines);
        for (var size = 1; size <= bytes.Length; size++)
        {
            Assert.Equal(["1", "\"zwei\"", "[3]"], await ReadAsync(bytes.Chunk(size)));
        }
    }

    [Theory]
    [InlineData("{\"a\":1}\n{\"a\"", "broke off within a line")]
    [InlineData("{\"a\":1}\n{]\n", "is no JSON")]
    public async Task What_breaks_off_or_is_no_JSON_is_told_after_what_was_whole(string sent, string told)
    {
        var read = new List<string>();
        var failure = await Assert.ThrowsAsync<ClusterException>(() => ReadAsync([Encoding.UTF8.GetBytes(sent)], read));
        Assert.Contains(told, failure.Message, StringComparison.Ordinal);
        Assert.Equal(["1"], read);
    }

    [Fact]
    public async Task A_line_without_an_end_is_not_kept_in_memory()
    {
        var piece = new byte[1024 * 1024];
        Array.Fill(piece, (byte)' ');
        var failure = await Assert.ThrowsAsync<ClusterException>(() => ReadAsync(Enumerable.Repeat(piece, 20)));
        Assert.Contains("more than 8388608 bytes", failure.Message, StringComparison.Ordinal);
    }

    private static async Task<List<string>> ReadAsync(IEnumerable<byte[]> pieces, List<string>? read = null)
    {
        read ??= [];
        var pipe = new Pipe();
        var writing = WriteAsync(pipe.Writer, pieces);
        try
        {
            await foreach (var line in JsonLines.ReadAsync(pipe.Reader.AsStream(), TestContext.Current.CancellationToken))
            {
                read.Add(line.GetProperty("a").GetRawText());
            }
        }
        finally
        {
            await pipe.Reader.CompleteAsync();
            await writing;
        }

        return read;
    }

    private static async Task WriteAsync(PipeWriter writer, IEnumerable<byte[]> pieces)
    {
        foreach (var piece in pieces)
        {
            if ((await writer.WriteAsync(piece)).IsCompleted)
            {
                break;
            }
        }

        await writer.CompleteAsync();
    }
}
