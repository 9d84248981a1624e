using System.Text.Json;
using RelayOperator.Relay.Tools;

namespace RelayOperator.Relay.Commands;

/// <summary>The two files of an exported message, one beside the other.</summary>
/// <param name="Envelope">ID.json.</param>
/// <param name="Content">ID.eml.</param>
internal sealed record ImportPair(string Envelope, string Content)
{
    private const long MostEnvelopeBytes = 16 * 1024 * 1024;

    private static readonly EnumerationOptions Here = new() { MatchType = MatchType.Simple };

    /// <summary>All pairs of a folder in order of their names, halves of one too; or the one that a file belongs to.</summary>
    public static IEnumerable<ImportPair> At(string path) => Directory.Exists(path)
        ? Directory.EnumerateFiles(path, "*.json", Here)
            .Concat(Directory.EnumerateFiles(path, "*.eml", Here))
            .Select(file => Path.ChangeExtension(file, null))
            .Distinct(StringComparer.Ordinal)
            .Order(StringComparer.Ordinal)
            .Select(Of)
        : [Of(Path.ChangeExtension(path, null))];

    /// <summary>Hands the message to a relay; the line says what became of it, in words that name the file where it failed.</summary>
    public async Task<(string Id, QueueLine Line)> ImportAsync(QueueClient client, CancellationToken cancellationToken)
    {
        if (!File.Exists(Envelope) || !File.Exists(Content))
        {
            var (missing, other) = File.Exists(Envelope) ? (Content, Envelope) : (Envelope, Content);
            return Fault(File.Exists(other) ? $"{missing} is missing, which belongs to {other}: copy both, or export the message again" : $"{missing} is not there");
        }

        QueuedMessage? message;
        FileStream content;
        try
        {
            if (new FileInfo(Envelope).Length > MostEnvelopeBytes)
            {
                return Fault($"{Envelope} is too large for an envelope");
            }

            message = JsonSerializer.Deserialize(await File.ReadAllBytesAsync(Envelope, cancellationToken), QueueJson.Line.QueuedMessage);
            content = new FileStream(Content, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, useAsync: true);
        }
        catch (JsonException e)
        {
            return Fault($"{Envelope} is damaged, or no envelope: {e.Message} Take an undamaged copy, or export the message again");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Fault($"{Envelope} and {Content} cannot be read: {e.Message}");
        }

        await using (content)
        {
            var line = await client.ImportAsync(JsonSerializer.SerializeToUtf8Bytes(message!, QueueJson.Line.QueuedMessage), content, cancellationToken);
            return (message?.Id ?? "", line.Fault is null ? line : line with { Fault = $"{Envelope}: {line.Fault}" });
        }
    }

    private static ImportPair Of(string name) => new(name + ".json", name + ".eml");

    private static (string Id, QueueLine Line) Fault(string fault) => ("", new QueueLine { Fault = fault });
}
