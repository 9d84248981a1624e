using System.Text.Json;

namespace RelayOperator.Relay.Tools;

/// <summary>
/// Writes an answer line by line, as fast as the tool reads it. Contract: the last line that is written is
/// <see cref="EndAsync"/> or <see cref="FaultAsync"/>.
/// </summary>
internal sealed class LineWriter(HttpResponse response, CancellationToken cancellationToken)
{
    public CancellationToken Cancelled => cancellationToken;

    /// <summary>Lines are sent by the page.</summary>
    public async Task WriteAsync(IEnumerable<QueueLine> lines)
    {
        foreach (var line in lines)
        {
            using (var writer = new Utf8JsonWriter(response.BodyWriter, new JsonWriterOptions { Encoder = QueueJson.Line.Options.Encoder }))
            {
                JsonSerializer.Serialize(writer, line, QueueJson.Line.QueueLine);
            }

            response.BodyWriter.GetSpan(1)[0] = (byte)'\n';
            response.BodyWriter.Advance(1);
        }

        await response.BodyWriter.FlushAsync(cancellationToken);
    }

    public Task FaultAsync(string fault) => WriteAsync([new QueueLine { Fault = fault }]);

    public Task EndAsync(QueueEnd end) => WriteAsync([new QueueLine { End = end }]);
}
