using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace RelayOperator.Relay.Tools;

/// <summary>
/// The tools' side of the socket. Whatever goes wrong on the way is an <see cref="IOException"/> whose text is meant for
/// who typed the command; what the relay could not do comes as <see cref="QueueLine.Fault"/>.
/// </summary>
public sealed class QueueClient : IDisposable
{
    private readonly HttpClient _http;
    private readonly string _path;

    public QueueClient(string path)
    {
        _path = path;
        _http = new HttpClient(new SocketsHttpHandler { ConnectCallback = ConnectAsync, UseProxy = false })
        {
            BaseAddress = new Uri("http://relay/"),
            Timeout = Timeout.InfiniteTimeSpan, // millions of messages take their time
        };
    }

    /// <summary>The lines of an answer, each as it comes; the last one says End or Fault.</summary>
    /// <param name="what">list, count or change.</param>
    /// <param name="request">Which messages, and what is to become of them.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public IAsyncEnumerable<QueueLine> AskAsync(string what, QueueRequest request, CancellationToken cancellationToken) =>
        LinesAsync(
            () =>
            {
                var content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(request, QueueJson.Line.QueueRequest));
                return new HttpRequestMessage(HttpMethod.Post, what) { Content = content };
            },
            cancellationToken);

    /// <summary>One message with its attempts.</summary>
    public IAsyncEnumerable<QueueLine> ShowAsync(string id, CancellationToken cancellationToken) =>
        LinesAsync(() => new HttpRequestMessage(HttpMethod.Get, $"messages/{Uri.EscapeDataString(id)}"), cancellationToken);

    /// <summary>Takes a copy of a message: its envelope, and then its content piece by piece.</summary>
    /// <param name="id">The message.</param>
    /// <param name="write">Gets the pieces; only called where there is such a message.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task<QueueLine> ExportAsync(string id, Func<ReadOnlyMemory<byte>, ValueTask> write, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"messages/{Uri.EscapeDataString(id)}/content");
        using var response = await SendAsync(request, cancellationToken);
        await using var input = await response.Content.ReadAsStreamAsync(cancellationToken);
        var lines = new LineReading(input);
        try
        {
            var line = Parse(await lines.NextAsync(cancellationToken));
            if (line.Message is not null)
            {
                await write(lines.Rest);
                var buffer = new byte[64 * 1024];
                while (await input.ReadAsync(buffer, cancellationToken) is > 0 and var read)
                {
                    await write(buffer.AsMemory(0, read));
                }
            }

            return line;
        }
        catch (HttpIOException)
        {
            throw BrokenOff();
        }
    }

    /// <summary>Hands a message over.</summary>
    /// <param name="envelope">Its envelope, in one line.</param>
    /// <param name="content">Its content.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task<QueueLine> ImportAsync(ReadOnlyMemory<byte> envelope, Stream content, CancellationToken cancellationToken)
    {
        var answer = new QueueLine();
        await foreach (var line in LinesAsync(() => new HttpRequestMessage(HttpMethod.Post, "messages") { Content = new ImportContent(envelope, content) }, cancellationToken))
        {
            answer = line;
        }

        return answer;
    }

    public void Dispose() => _http.Dispose();

    private async IAsyncEnumerable<QueueLine> LinesAsync(Func<HttpRequestMessage> make, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var request = make();
        using var response = await SendAsync(request, cancellationToken);
        await using var input = await response.Content.ReadAsStreamAsync(cancellationToken);
        var lines = new LineReading(input);
        while (true)
        {
            QueueLine line;
            try
            {
                line = Parse(await lines.NextAsync(cancellationToken));
            }
            catch (HttpIOException)
            {
                throw BrokenOff();
            }

            yield return line;
            if (line.End is not null || line.Fault is not null)
            {
                yield break;
            }
        }
    }

    private async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (SocketPath.RefusalOf(_path) is { } refusal)
        {
            throw new IOException(refusal);
        }

        HttpResponseMessage response;
        try
        {
            response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        }
        catch (HttpRequestException e) when (e.InnerException is SocketException fault)
        {
            throw new IOException(fault.SocketErrorCode == SocketError.AccessDenied
                ? $"the socket {_path} is for the relay's own user alone: {fault.Message}"
                : $"no relay listens at {_path}: {(File.Exists(_path) ? fault.Message : "there is no such socket")}. Does it run, and has its pool a spool? --socket PATH or --spool DIR names another one", e);
        }
        catch (HttpRequestException e)
        {
            throw new IOException($"the relay at {_path} did not answer: {e.InnerException?.Message ?? e.Message}", e);
        }

        if (response.StatusCode == HttpStatusCode.OK)
        {
            return response;
        }

        response.Dispose();
        throw new IOException($"the relay at {_path} answers {(int)response.StatusCode}: is it of the same version as this tool?");
    }

    private QueueLine Parse(ReadOnlyMemory<byte> line)
    {
        if (line.IsEmpty)
        {
            throw BrokenOff();
        }

        try
        {
            return JsonSerializer.Deserialize(line.Span, QueueJson.Line.QueueLine) ?? throw BrokenOff();
        }
        catch (JsonException e)
        {
            throw new IOException($"the relay at {_path} cannot be understood: {e.Message}", e);
        }
    }

    private IOException BrokenOff() => new($"the relay at {_path} broke off its answer");

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(_path), cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    // The envelope's line, and the content behind it as it is read.
    private sealed class ImportContent(ReadOnlyMemory<byte> envelope, Stream content) : HttpContent
    {
        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            await stream.WriteAsync(envelope);
            await stream.WriteAsync("\n"u8.ToArray());
            await content.CopyToAsync(stream);
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
