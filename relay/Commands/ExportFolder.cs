using System.Security.Cryptography;
using System.Text.Json;
using RelayOperator.Relay.Tools;

namespace RelayOperator.Relay.Commands;

/// <summary>
/// The folder of an export. Contract: each file is written under a name of its own, synced and then renamed, the envelope
/// last: where there is an <c>ID.json</c> both files are whole. Only the user who exports may read them.
/// </summary>
internal sealed class ExportFolder
{
    private readonly DirectoryInfo _folder;

    public ExportFolder(DirectoryInfo folder)
    {
        _folder = folder;
        folder.Create();
    }

    public string Path => _folder.FullName;

    /// <summary>Writes one message; the line says what became of it: Message where it is there.</summary>
    public async Task<QueueLine> WriteAsync(QueueClient client, string id, CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var bytes = 0L;
        var content = System.IO.Path.Combine(Path, $"{id}.eml");
        var line = new QueueLine();
        var whole = await WriteAsync(content, async file =>
        {
            line = await client.ExportAsync(
                id,
                piece =>
                {
                    hash.AppendData(piece.Span);
                    bytes += piece.Length;
                    return file.WriteAsync(piece, cancellationToken);
                },
                cancellationToken);
            return line.Message is not null;
        });
        if (whole)
        {
            var envelope = JsonSerializer.SerializeToUtf8Bytes(line.Message! with { Content = ContentPrint.Of(bytes, hash) }, QueueJson.Page.QueuedMessage);
            await WriteAsync(System.IO.Path.Combine(Path, $"{id}.json"), async file =>
            {
                await file.WriteAsync(envelope, cancellationToken);
                await file.WriteAsync("\n"u8.ToArray(), cancellationToken);
                return true;
            });
        }

        return line;
    }

    // What was not written to its end leaves nothing.
    private static async Task<bool> WriteAsync(string path, Func<FileStream, Task<bool>> write)
    {
        var part = path + ".part";
        try
        {
            var whole = false;
            var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows())
            {
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            }

            await using (var file = new FileStream(part, options))
            {
                whole = await write(file);
                file.Flush(flushToDisk: whole);
            }

            if (whole)
            {
                File.Move(part, path, overwrite: true);
            }

            return whole;
        }
        finally
        {
            File.Delete(part);
        }
    }
}
