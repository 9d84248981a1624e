using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using k8s.Authentication;

namespace RelayOperator.Operator.Cluster;

/// <summary>
/// The API server, by resource and JSON. Contract: everything that is no success is a <see cref="ClusterException"/>; each
/// call ends within <see cref="CallLimit"/>, a watch when its own time is over; whatever writes asks
/// <paramref name="mayWrite"/> right before, and throws where it may not.
/// </summary>
/// <param name="http">Knows the server's address and whom to trust.</param>
/// <param name="credentials">Who asks; null for nobody.</param>
/// <param name="mayWrite">Throws where this process must not write any more.</param>
/// <param name="time">The clock.</param>
public sealed class ClusterClient(HttpClient http, ServiceClientCredentials? credentials, Action mayWrite, TimeProvider time)
{
    /// <summary>Who the operator is where fields have owners.</summary>
    public const string FieldManager = "relay-operator";

    /// <summary>How long one call may take.</summary>
    public static readonly TimeSpan CallLimit = TimeSpan.FromSeconds(30);

    // Pages are read whole, and a few hundred objects with all that the API server notes on them take a megabyte.
    private const int PageSize = 200;
    private const string MetadataOnly = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1";
    private const string MetadataListOnly = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";

    /// <summary>Reads one object; null where there is none.</summary>
    public async Task<JsonElement?> GetAsync(ResourceKind kind, ObjectKey key, CancellationToken cancellationToken)
    {
        try
        {
            return await CallAsync(HttpMethod.Get, kind.Path(key.Namespace, key.Name), null, "", "", cancellationToken);
        }
        catch (ClusterException e) when (e.IsNotFound)
        {
            return null;
        }
    }

    /// <summary>Reads all objects of a kind.</summary>
    /// <param name="kind">The kind.</param>
    /// <param name="ns">The namespace; "" for all.</param>
    /// <param name="labelSelector">Which ones; "" for all.</param>
    /// <param name="metadataOnly">Without their content.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<ObjectList> ListAsync(
        ResourceKind kind, string ns, string labelSelector, bool metadataOnly, CancellationToken cancellationToken)
    {
        var items = ImmutableArray.CreateBuilder<JsonElement>();
        var version = "";
        await foreach (var page in PagesAsync(kind, ns, labelSelector, metadataOnly, cancellationToken))
        {
            items.AddRange(page.Items.Select(item => item.Clone()));
            version = page.ResourceVersion;
        }

        return new ObjectList(items.ToImmutable(), version);
    }

    /// <summary>
    /// Reads all objects of a kind, some at a time: the objects of one page are there until the next one is asked for. All
    /// are of one moment.
    /// </summary>
    /// <param name="kind">The kind.</param>
    /// <param name="ns">The namespace; "" for all.</param>
    /// <param name="labelSelector">Which ones; "" for all.</param>
    /// <param name="metadataOnly">Without their content.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async IAsyncEnumerable<ObjectList> PagesAsync(
        ResourceKind kind, string ns, string labelSelector, bool metadataOnly, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var next = "";
        do
        {
            var query = $"?limit={PageSize}{Option("labelSelector", labelSelector)}{Option("continue", next)}";
            using var page = await DocumentAsync(
                HttpMethod.Get, kind.Path(ns) + query, null, "", metadataOnly ? MetadataListOnly : "", cancellationToken);
            var meta = JsonFields.Part(page.RootElement, "metadata");
            yield return new ObjectList([.. JsonFields.Items(page.RootElement, "items")], JsonFields.Text(meta, "resourceVersion"));
            next = JsonFields.Text(meta, "continue");
        }
        while (next.Length > 0);
    }

    /// <summary>
    /// Hears of changes from a resource version on, until the server ends the watch or its time is over. What is told is
    /// there until the next change is asked for.
    /// </summary>
    /// <param name="kind">The kind.</param>
    /// <param name="ns">The namespace; "" for all.</param>
    /// <param name="labelSelector">Which ones; "" for all.</param>
    /// <param name="metadataOnly">Without their content.</param>
    /// <param name="resourceVersion">Where a list or a watch left off.</param>
    /// <param name="limit">How long the server may keep it open.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async IAsyncEnumerable<WatchEvent> WatchAsync(
        ResourceKind kind,
        string ns,
        string labelSelector,
        bool metadataOnly,
        string resourceVersion,
        TimeSpan limit,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var seconds = ((int)limit.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        var query = $"?watch=true&allowWatchBookmarks=true&timeoutSeconds={seconds}{Option("resourceVersion", resourceVersion)}{Option("labelSelector", labelSelector)}";
        using var request = await RequestAsync(HttpMethod.Get, kind.Path(ns) + query, null, "", metadataOnly ? MetadataOnly : "", cancellationToken);
        using var response = await SendAsync(request, cancellationToken);
        await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
        await foreach (var whole in JsonLines.ReadAsync(stream, cancellationToken))
        {
            var type = whole.GetProperty("type").GetString()!;
            var subject = whole.GetProperty("object");
            if (type == "ERROR")
            {
                throw Refusal(subject, subject.TryGetProperty("code", out var code) ? (HttpStatusCode)code.GetInt32() : default, default);
            }

            yield return new WatchEvent(type, subject);
        }
    }

    /// <summary>Makes an object what the operator wants it to be, as far as it says (server-side apply).</summary>
    public Task<JsonElement> ApplyAsync(
        ResourceKind kind, ObjectKey key, JsonNode wanted, CancellationToken cancellationToken, string subresource = "") =>
        WriteAsync(
            HttpMethod.Patch, new("apply", kind, key, subresource), $"?fieldManager={FieldManager}&force=true", wanted, "application/apply-patch+yaml", cancellationToken);

    /// <summary>Changes some fields (RFC 7396).</summary>
    public Task<JsonElement> MergeAsync(
        ResourceKind kind, ObjectKey key, JsonNode patch, CancellationToken cancellationToken, string subresource = "") =>
        WriteAsync(
            HttpMethod.Patch, new("patch", kind, key, subresource), $"?fieldManager={FieldManager}", patch, "application/merge-patch+json", cancellationToken);

    public Task<JsonElement> CreateAsync(ResourceKind kind, string ns, JsonNode whole, CancellationToken cancellationToken) =>
        WriteAsync(HttpMethod.Post, new("create", kind, new ObjectKey(ns, "")), $"?fieldManager={FieldManager}", whole, "application/json", cancellationToken);

    /// <summary>Replaces an object; refused where its resource version is not the one that stands in <paramref name="whole"/>.</summary>
    public Task<JsonElement> ReplaceAsync(ResourceKind kind, ObjectKey key, JsonNode whole, CancellationToken cancellationToken) =>
        WriteAsync(HttpMethod.Put, new("replace", kind, key), $"?fieldManager={FieldManager}", whole, "application/json", cancellationToken);

    /// <summary>Deletes an object, if it is still the one that is meant; one that is gone already is as good.</summary>
    /// <param name="kind">The kind.</param>
    /// <param name="meta">The object as it was seen.</param>
    /// <param name="unchanged">Only in the very state that was seen.</param>
    /// <param name="propagation">Background, Foreground or Orphan.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task DeleteAsync(
        ResourceKind kind, ObjectMeta meta, bool unchanged, string propagation, CancellationToken cancellationToken)
    {
        var preconditions = new JsonObject { ["uid"] = meta.Uid };
        if (unchanged)
        {
            preconditions["resourceVersion"] = meta.ResourceVersion;
        }

        var options = new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "DeleteOptions",
            ["preconditions"] = preconditions,
            ["propagationPolicy"] = propagation,
        };
        try
        {
            await WriteAsync(HttpMethod.Delete, new("delete", kind, meta.Key), "", options, "application/json", cancellationToken);
        }
        catch (ClusterException e) when (e.IsNotFound)
        {
            // Somebody was faster.
        }
    }

    private async Task<JsonElement> WriteAsync(
        HttpMethod method, ClusterWrite write, string query, JsonNode body, string type, CancellationToken cancellationToken)
    {
        mayWrite();
        using var activity = write.Begin();
        try
        {
            return await CallAsync(method, write.Path + query, body, type, "", cancellationToken);
        }
        catch (ClusterException e)
        {
            activity?.SetStatus(ActivityStatusCode.Error, e.Message);
            throw;
        }
    }

    private async Task<JsonElement> CallAsync(
        HttpMethod method, string path, JsonNode? body, string type, string accept, CancellationToken cancellationToken)
    {
        using var document = await DocumentAsync(method, path, body, type, accept, cancellationToken);
        return document.RootElement.Clone();
    }

    private async Task<JsonDocument> DocumentAsync(
        HttpMethod method, string path, JsonNode? body, string type, string accept, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(CallLimit, time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            using var request = await RequestAsync(method, path, body, type, accept, linked.Token);
            using var response = await SendAsync(request, linked.Token);
            return await ParseAsync(response.Content, linked.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new ClusterException("Timeout", $"{method} {path}: no answer within {CallLimit.TotalSeconds:0} s");
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            // The answer broke off; what is read whole says so in the terms of the request.
            throw new ClusterException("Unreachable", $"{method} {path}: {e.Message}");
        }
    }

    private async Task<HttpRequestMessage> RequestAsync(
        HttpMethod method, string path, JsonNode? body, string type, string accept, CancellationToken cancellationToken)
    {
        var request = new HttpRequestMessage(method, path);
        request.Headers.Accept.ParseAdd(accept.Length == 0 ? "application/json" : accept);
        if (body is not null)
        {
            request.Content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(body));
            request.Content.Headers.ContentType = new MediaTypeHeaderValue(type);
        }

        if (credentials is not null)
        {
            await credentials.ProcessHttpRequestAsync(request, cancellationToken);
        }

        return request;
    }

    private async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        HttpResponseMessage response;
        try
        {
            response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        }
        catch (HttpRequestException e)
        {
            throw new ClusterException("Unreachable", $"{request.Method} {request.RequestUri}: {e.Message}");
        }

        if (response.IsSuccessStatusCode)
        {
            return response;
        }

        using (response)
        {
            var asked = response.Headers.RetryAfter;
            var after = asked?.Delta ?? asked?.Date - time.GetUtcNow() ?? TimeSpan.Zero;
            using var status = await TryParseAsync(response.Content, cancellationToken);
            throw status is not null
                ? Refusal(status.RootElement, response.StatusCode, after)
                : new ClusterException(response.StatusCode, "", $"{request.Method} {request.RequestUri}: {(int)response.StatusCode}", after);
        }
    }

    private static ClusterException Refusal(JsonElement status, HttpStatusCode code, TimeSpan after) => new(
        code,
        status.TryGetProperty("reason", out var reason) ? reason.GetString() ?? "" : "",
        status.TryGetProperty("message", out var message) ? message.GetString() ?? "" : "",
        after);

    private static async Task<JsonDocument> ParseAsync(HttpContent content, CancellationToken cancellationToken) =>
        await TryParseAsync(content, cancellationToken) ?? throw new ClusterException("Malformed", "the API server sent what is no JSON object");

    // Null for what is no object.
    private static async Task<JsonDocument?> TryParseAsync(HttpContent content, CancellationToken cancellationToken)
    {
        try
        {
            await using var stream = await content.ReadAsStreamAsync(cancellationToken);
            var document = await JsonDocument.ParseAsync(stream, cancellationToken: cancellationToken);
            if (document.RootElement.ValueKind == JsonValueKind.Object)
            {
                return document;
            }

            document.Dispose();
            return null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string Option(string name, string value) => value.Length == 0 ? "" : $"&{name}={Uri.EscapeDataString(value)}";
}
