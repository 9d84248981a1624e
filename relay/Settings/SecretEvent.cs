using System.Buffers;
using System.Text.Json;
using RelayOperator.Api.Config;

namespace RelayOperator.Relay.Settings;

/// <summary>What a watch has to say: one line of its answer.</summary>
public enum SecretEventKind
{
    /// <summary>The Secret was made or changed.</summary>
    Present,

    /// <summary>The Secret is gone.</summary>
    Gone,

    /// <summary>Nothing happened up to a version.</summary>
    Bookmark,

    /// <summary>The version asked for is no longer known: list again (410).</summary>
    Expired,

    /// <summary>Anything that is none of these.</summary>
    Fault,
}

/// <summary>One event of a watch, or what a list found.</summary>
/// <param name="Kind">What happened.</param>
/// <param name="Version">resourceVersion to go on from; empty where none is told.</param>
/// <param name="Content">The content of pool.json; null where there is none.</param>
public sealed record SecretEvent(SecretEventKind Kind, string Version, byte[]? Content)
{
    private static readonly SecretEvent Unreadable = new(SecretEventKind.Fault, "", null);

    /// <summary>Reads a line of a watch. Never throws for what it holds.</summary>
    public static SecretEvent OfWatch(in ReadOnlySequence<byte> line) => Judged(line, static root =>
    {
        var what = root.GetProperty("object");
        return root.GetProperty("type").GetString() switch
        {
            "ADDED" or "MODIFIED" => Found(what, VersionOf(what)),
            "DELETED" => new SecretEvent(SecretEventKind.Gone, VersionOf(what), null),
            "BOOKMARK" => new SecretEvent(SecretEventKind.Bookmark, VersionOf(what), null),
            "ERROR" when what.TryGetProperty("code", out var code) && code.GetInt32() == 410 => new SecretEvent(SecretEventKind.Expired, "", null),
            _ => Unreadable,
        };
    });

    /// <summary>Reads the answer to a list of one Secret at most. Never throws for what it holds.</summary>
    public static SecretEvent OfList(in ReadOnlySequence<byte> answer) => Judged(answer, static root =>
    {
        // An empty list may be null there.
        var items = root.TryGetProperty("items", out var list) && list.ValueKind == JsonValueKind.Array ? list.GetArrayLength() : 0;
        return items == 0 ? new SecretEvent(SecretEventKind.Gone, VersionOf(root), null) : Found(list[0], VersionOf(root));
    });

    private static SecretEvent Judged(in ReadOnlySequence<byte> text, Func<JsonElement, SecretEvent> read)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            return read(document.RootElement);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            return Unreadable;
        }
    }

    private static SecretEvent Found(JsonElement secret, string version) =>
        new(SecretEventKind.Present, version, secret.TryGetProperty("data", out var data) && data.ValueKind == JsonValueKind.Object && data.TryGetProperty(RenderedPool.Key, out var content) ? content.GetBytesFromBase64() : null);

    private static string VersionOf(JsonElement what) => what.GetProperty("metadata").GetProperty("resourceVersion").GetString() ?? "";
}
