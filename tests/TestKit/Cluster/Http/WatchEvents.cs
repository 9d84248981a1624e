using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using RelayOperator.TestKit.Cluster.Store;

namespace RelayOperator.TestKit.Cluster.Http;

/// <summary>The lines of one watch.</summary>
internal sealed class WatchEvents(ApiCall call, Selection selection)
{
    private readonly Stream _body = call.Context.Response.Body;
    private readonly bool _metadataOnly = call.MetadataOnly;

    public async Task BeginAsync()
    {
        call.Context.Response.StatusCode = 200;
        call.Context.Response.ContentType = "application/json";
        await _body.FlushAsync(call.Context.RequestAborted);
    }

    public Task FlushAsync() => _body.FlushAsync(call.Context.RequestAborted);

    /// <summary>What a change means to this selection; nothing where the object was and is outside.</summary>
    public async Task TellAsync(ResourceEvent change, int times)
    {
        if (change.IsBookmark)
        {
            await BookmarkAsync(change.Revision, endsInitialEvents: false);
            return;
        }
        var was = change.Before is not null && selection.Matches(change.Before);
        var isIn = !change.Deleted && selection.Matches(change.After!);
        var type = (was, isIn) switch
        {
            (false, true) => "ADDED",
            (true, true) => "MODIFIED",
            (true, false) => "DELETED",
            _ => null,
        };
        for (var i = 0; type is not null && i < times; i++)
        {
            // An object that leaves the selection is shown as it was last in it, with the version of the change.
            await WriteAsync(type, type == "DELETED" && !change.Deleted ? AsOf(change.Before!, change.Revision) : change.After!);
        }
    }

    public Task WriteAsync(string type, StoredObject stored) => LineAsync(type, stored.Body(_metadataOnly));

    public Task BookmarkAsync(long revision, bool endsInitialEvents)
    {
        var metadata = new JsonObject { ["resourceVersion"] = revision.ToString(), ["creationTimestamp"] = null };
        if (endsInitialEvents)
        {
            metadata["annotations"] = new JsonObject { ["k8s.io/initial-events-end"] = "true" };
        }
        return LineAsync("BOOKMARK", JsonSerializer.SerializeToUtf8Bytes<JsonNode>(new JsonObject
        {
            ["kind"] = _metadataOnly ? "PartialObjectMetadata" : call.Kind.Kind,
            ["apiVersion"] = _metadataOnly ? "meta.k8s.io/v1" : call.Kind.ApiVersion,
            ["metadata"] = metadata,
        }));
    }

    public async Task ErrorAsync(RefusalException refusal)
    {
        await LineAsync("ERROR", JsonSerializer.SerializeToUtf8Bytes<JsonNode>(refusal.Status()));
        await FlushAsync();
    }

    private static StoredObject AsOf(StoredObject stored, long revision)
    {
        var json = stored.Json.Copy();
        json.Ensure("metadata")["resourceVersion"] = revision.ToString();
        return new StoredObject(json);
    }

    private async Task LineAsync(string type, byte[] json)
    {
        var head = Encoding.UTF8.GetBytes($"{{\"type\":\"{type}\",\"object\":");
        var line = new byte[head.Length + json.Length + 2];
        head.CopyTo(line, 0);
        json.CopyTo(line, head.Length);
        line[^2] = (byte)'}';
        line[^1] = (byte)'\n';
        await _body.WriteAsync(line, call.Context.RequestAborted);
    }
}
