using System.Buffers;
using System.Text.Json;
using RelayOperator.TestKit.Cluster.Store;

namespace RelayOperator.TestKit.Cluster.Http;

/// <summary>Answers a list: all of one revision, in pages where the client asks for them.</summary>
internal sealed class ListAnswer(ResourceStore store)
{
    public async Task WriteAsync(ApiCall call)
    {
        var selection = new Selection(call);
        var (objects, revision, after) = Read(call, selection);
        var chosen = objects.Where(stored => selection.Matches(stored) && after?.IsBefore(stored) != false).ToList();
        var page = call.Query("limit") is { } text && int.TryParse(text, out var limit) && limit > 0 && limit < chosen.Count ? chosen[..limit] : chosen;
        var next = page.Count < chosen.Count ? new ContinueToken(revision, page[^1].Namespace, page[^1].Name).Encode() : null;

        var body = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(body, new JsonWriterOptions { SkipValidation = true }))
        {
            json.WriteStartObject();
            json.WriteString("kind", call.MetadataOnly ? "PartialObjectMetadataList" : call.Kind.Kind + "List");
            json.WriteString("apiVersion", call.MetadataOnly ? "meta.k8s.io/v1" : call.Kind.ApiVersion);
            json.WriteStartObject("metadata");
            json.WriteString("resourceVersion", revision.ToString());
            if (next is not null)
            {
                json.WriteString("continue", next);
                json.WriteNumber("remainingItemCount", chosen.Count - page.Count);
            }
            json.WriteEndObject();
            json.WriteStartArray("items");
            foreach (var stored in page)
            {
                json.WriteRawValue(stored.Body(call.MetadataOnly), skipInputValidation: true);
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        await JsonAnswer.WriteAsync(call.Context, 200, body.WrittenMemory);
    }

    private (IReadOnlyList<StoredObject> Objects, long Revision, ContinueToken? After) Read(ApiCall call, Selection selection)
    {
        if (call.Query("continue") is { } text)
        {
            var token = ContinueToken.Decode(text);
            return (store.ListAt(call.Kind, selection.Namespace, token.Revision) ?? throw RefusalException.ListExpired(), token.Revision, token);
        }
        var (objects, current) = store.List(call.Kind, selection.Namespace);
        if (call.Query("resourceVersion") is { } version && long.TryParse(version, out var asked) && asked > 0)
        {
            if (asked > current)
            {
                throw RefusalException.FromTheFuture(asked, current);
            }
            if (call.Query("resourceVersionMatch") == "Exact")
            {
                return (store.ListAt(call.Kind, selection.Namespace, asked) ?? throw RefusalException.TooOld(version, store.OldestOf(call.Kind)), asked, null);
            }
        }
        return (objects, current, null);
    }
}
