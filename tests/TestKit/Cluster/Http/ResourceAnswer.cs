using System.Text.Json.Nodes;
using RelayOperator.TestKit.Cluster.Patches;
using RelayOperator.TestKit.Cluster.Store;
using RelayOperator.TestKit.Cluster.Writing;

namespace RelayOperator.TestKit.Cluster.Http;

/// <summary>Serves requests about one object, and the deletion of many.</summary>
internal sealed class ResourceAnswer(ResourceStore store, ObjectWriter writer, ObjectRemoval removal)
{
    public Task GetAsync(ApiCall call)
    {
        var stored = store.Get(call.Kind, call.Namespace, call.Name) ?? throw RefusalException.NotFound(call.Kind, call.Name);
        return call.Path.Subresource == "scale"
            ? JsonAnswer.WriteAsync(call.Context, 200, ScaleDocument.Of(call.Kind, stored.Json))
            : JsonAnswer.WriteAsync(call.Context, 200, stored.Body(call.MetadataOnly));
    }

    public Task CreateAsync(ApiCall call) => AnswerAsync(call, writer.Create(call.Kind, call.Namespace, call.ObjectBody(), call.WriteOptions()));

    public Task UpdateAsync(ApiCall call)
    {
        var body = call.ObjectBody();
        return AnswerAsync(call, writer.Update(call.Kind, call.Namespace, call.Name,
            current => call.Path.Subresource == "scale" ? ScaleDocument.Into(call.Kind, current, body) : body.Copy(), call.WriteOptions()));
    }

    public Task PatchAsync(ApiCall call)
    {
        var patch = PatchBody.Parse(call.ContentType, call.Body);
        if (call.Path.Subresource == "scale")
        {
            return AnswerAsync(call, writer.Update(call.Kind, call.Namespace, call.Name, current => ScaleDocument.Into(call.Kind, current, Scaled(call, patch, current)), call.WriteOptions()));
        }
        if (patch.Applied is not { } applied)
        {
            return AnswerAsync(call, writer.Update(call.Kind, call.Namespace, call.Name, patch.Apply, call.WriteOptions()));
        }
        if (call.Query("fieldManager") is null)
        {
            throw RefusalException.BadRequest("PatchOptions.meta.k8s.io \"\" is invalid: fieldManager: Required value: is required for apply patch");
        }
        return AnswerAsync(call, writer.Apply(call.Kind, call.Namespace, call.Name, applied, call.WriteOptions()));
    }

    public Task DeleteAsync(ApiCall call)
    {
        var (stored, gone) = removal.Delete(call.Kind, call.Namespace, call.Name, Options(call));
        return JsonAnswer.WriteAsync(call.Context, 200, gone && !call.Kind.ReturnsDeleted ? Success(call, stored) : stored.Json.Copy());
    }

    public Task DeleteCollectionAsync(ApiCall call)
    {
        var selection = new Selection(call);
        foreach (var stored in store.List(call.Kind, selection.Namespace).Objects.Where(selection.Matches))
        {
            removal.Delete(call.Kind, stored.Namespace, stored.Name, Options(call));
        }
        return JsonAnswer.WriteAsync(call.Context, 200, new JsonObject { ["kind"] = "Status", ["apiVersion"] = "v1", ["metadata"] = new JsonObject(), ["status"] = "Success" });
    }

    private static JsonObject Scaled(ApiCall call, PatchBody patch, JsonObject current)
    {
        var scale = ScaleDocument.Of(call.Kind, current);
        return patch.Applied is { } applied ? (JsonObject)JsonMergePatch.Apply(scale, applied)! : patch.Apply(scale);
    }

    private static Task AnswerAsync(ApiCall call, WriteResult result)
    {
        JsonAnswer.Warn(call.Context, result.Warnings);
        var code = result.Created ? 201 : 200;
        return call.Path.Subresource == "scale"
            ? JsonAnswer.WriteAsync(call.Context, code, ScaleDocument.Of(call.Kind, result.Stored.Json))
            : JsonAnswer.WriteAsync(call.Context, code, result.Stored.Body(call.MetadataOnly));
    }

    private static RemovalOptions Options(ApiCall call) => RemovalOptions.Read(PatchBody.Json(call.Body), call.Query);

    private static JsonObject Success(ApiCall call, StoredObject stored) => new()
    {
        ["kind"] = "Status",
        ["apiVersion"] = "v1",
        ["metadata"] = new JsonObject(),
        ["status"] = "Success",
        ["details"] = new JsonObject { ["name"] = call.Name, ["group"] = call.Kind.Group, ["kind"] = call.Kind.Plural, ["uid"] = stored.Json.Uid() },
    };
}
