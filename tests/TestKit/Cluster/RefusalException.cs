using System.Text.Json.Nodes;
using RelayOperator.TestKit.Cluster.Kinds;

namespace RelayOperator.TestKit.Cluster;

/// <summary>A request that the API server refuses, with the Status object that says why. Thrown anywhere below the request, answered at its top.</summary>
public sealed class RefusalException : Exception
{
    private readonly string _reason;
    private readonly JsonObject? _details;

    private RefusalException(int code, string reason, string message, JsonObject? details = null) : base(message)
    {
        Code = code;
        _reason = reason;
        _details = details;
    }

    /// <summary>The HTTP status.</summary>
    public int Code { get; }

    /// <summary>The body of the answer, and the object of an ERROR event.</summary>
    public JsonObject Status()
    {
        var status = new JsonObject
        {
            ["kind"] = "Status",
            ["apiVersion"] = "v1",
            ["metadata"] = new JsonObject(),
            ["status"] = "Failure",
            ["message"] = Message,
            ["reason"] = _reason,
        };
        if (_details is not null)
        {
            status["details"] = _details.DeepClone();
        }
        status["code"] = Code;
        return status;
    }

    public static RefusalException NotFound(ResourceKind kind, string name) =>
        new(404, "NotFound", $"{kind.Resource} \"{name}\" not found", Details(kind, name));

    public static RefusalException NoSuchPath() => new(404, "NotFound", "the server could not find the requested resource", []);

    public static RefusalException AlreadyExists(ResourceKind kind, string name) =>
        new(409, "AlreadyExists", $"{kind.Resource} \"{name}\" already exists", Details(kind, name));

    public static RefusalException Conflict(ResourceKind kind, string name, string because) =>
        new(409, "Conflict", $"Operation cannot be fulfilled on {kind.Resource} \"{name}\": {because}", Details(kind, name));

    public static RefusalException Stale(ResourceKind kind, string name) =>
        Conflict(kind, name, "the object has been modified; please apply your changes to the latest version and try again");

    /// <param name="conflicts">Manager, apiVersion and path of each field that somebody else owns.</param>
    public static RefusalException OwnedByOthers(IReadOnlyList<(string Manager, string ApiVersion, string Path)> conflicts)
    {
        var told = conflicts.GroupBy(c => (c.Manager, c.ApiVersion)).Select(group => group.Count() == 1
            ? $"conflict with \"{group.Key.Manager}\" using {group.Key.ApiVersion}: {group.First().Path}"
            : $"conflicts with \"{group.Key.Manager}\" using {group.Key.ApiVersion}:\n{string.Join('\n', group.Select(c => "- " + c.Path))}");
        var causes = conflicts.Select(c => (JsonNode)new JsonObject
        {
            ["reason"] = "FieldManagerConflict",
            ["message"] = $"conflict with \"{c.Manager}\" using {c.ApiVersion}",
            ["field"] = c.Path,
        }).ToArray();
        var count = conflicts.Count == 1 ? "1 conflict" : $"{conflicts.Count} conflicts";
        return new(409, "Conflict", $"Apply failed with {count}: {string.Join('\n', told)}", new JsonObject { ["causes"] = new JsonArray(causes) });
    }

    /// <param name="kind">Of the object.</param>
    /// <param name="name">Of the object.</param>
    /// <param name="faults">Each as "field: what is wrong".</param>
    public static RefusalException Invalid(ResourceKind kind, string name, IReadOnlyList<string> faults)
    {
        var qualified = kind.Group.Length == 0 ? kind.Kind : $"{kind.Kind}.{kind.Group}";
        var details = Details(kind, name);
        details["kind"] = kind.Kind;
        details["causes"] = new JsonArray([.. faults.Select(fault =>
        {
            var (field, message) = fault.Split(": ", 2) is [var first, var rest] ? (first, rest) : ("", fault);
            return (JsonNode)new JsonObject { ["reason"] = ReasonOf(message), ["message"] = message, ["field"] = field };
        })]);
        var told = faults.Count == 1 ? faults[0] : $"[{string.Join(", ", faults)}]";
        return new(422, "Invalid", $"{qualified} \"{name}\" is invalid: {told}", details);
    }

    public static RefusalException Forbidden(string message, ResourceKind? kind = null, string name = "") =>
        new(403, "Forbidden", message, kind is null ? [] : Details(kind, name));

    /// <summary>A write that an admission step forbids: <c>pods "a" is forbidden: because</c>.</summary>
    public static RefusalException ForbiddenObject(ResourceKind kind, string name, string because) =>
        Forbidden($"{kind.Resource} \"{name}\" is forbidden: {because}", kind, name);

    public static RefusalException ForbiddenInLeavingNamespace(ResourceKind kind, string name, string space)
    {
        var details = Details(kind, name);
        details["causes"] = new JsonArray(new JsonObject
        {
            ["reason"] = "NamespaceTerminating",
            ["message"] = $"namespace {space} is being terminated",
            ["field"] = "metadata.namespace",
        });
        return new(403, "Forbidden",
            $"{kind.Resource} \"{name}\" is forbidden: unable to create new content in namespace {space} because it is being terminated", details);
    }

    public static RefusalException BadRequest(string message) => new(400, "BadRequest", message);

    public static RefusalException Unprocessable(string message) => new(422, "Invalid", message, []);

    public static RefusalException Unauthorized() => new(401, "Unauthorized", "Unauthorized");

    public static RefusalException MethodNotAllowed() => new(405, "MethodNotAllowed", "the server does not allow this method on the requested resource", []);

    public static RefusalException UnsupportedPatch(string contentType) =>
        new(415, "UnsupportedMediaType", $"the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml; got {contentType}");

    public static RefusalException TooLarge(int limit) =>
        new(413, "RequestEntityTooLarge", $"Request entity too large: limit is {limit}");

    public static RefusalException TooOld(string version, long oldest) =>
        new(410, "Expired", $"too old resource version: {version} ({oldest})");

    public static RefusalException ListExpired() =>
        new(410, "Expired", "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter.");

    /// <summary>A version that was not given out yet.</summary>
    public static RefusalException FromTheFuture(long asked, long current) =>
        new(504, "Timeout", $"Too large resource version: {asked}, current: {current}", new JsonObject
        {
            ["causes"] = new JsonArray(new JsonObject { ["reason"] = "ResourceVersionTooLarge", ["message"] = "Too large resource version" }),
            ["retryAfterSeconds"] = 1,
        });

    /// <summary>A pod whose budget does not let it go now.</summary>
    public static RefusalException NotEvicted(string budget, long needed, long healthy) =>
        new(429, "TooManyRequests", "Cannot evict pod as it would violate the pod's disruption budget.", new JsonObject
        {
            ["causes"] = new JsonArray(new JsonObject { ["reason"] = "DisruptionBudget", ["message"] = $"The disruption budget {budget} needs {needed} healthy pods and has {healthy} currently" }),
        });

    /// <summary>What a fault plan answers.</summary>
    public static RefusalException Planned(int code, int? retryAfterSeconds)
    {
        var (reason, message) = code switch
        {
            401 => ("Unauthorized", "Unauthorized"),
            403 => ("Forbidden", "forbidden by the fault plan"),
            404 => ("NotFound", "the server could not find the requested resource"),
            409 => ("Conflict", "the object has been modified; please apply your changes to the latest version and try again"),
            410 => ("Expired", "The resourceVersion for the provided watch is too old."),
            429 => ("TooManyRequests", "the server has received too many requests and has asked us to try again later"),
            503 => ("ServiceUnavailable", "the server is currently unable to handle the request"),
            504 => ("Timeout", "the request timed out"),
            _ => ("InternalError", "Internal error occurred: planned fault"),
        };
        return new(code, reason, message, retryAfterSeconds is { } seconds ? new JsonObject { ["retryAfterSeconds"] = seconds } : null);
    }

    private static JsonObject Details(ResourceKind kind, string name)
    {
        var details = new JsonObject { ["name"] = name };
        if (kind.Group.Length > 0)
        {
            details["group"] = kind.Group;
        }
        details["kind"] = kind.Plural;
        return details;
    }

    private static string ReasonOf(string message) => message switch
    {
        _ when message.StartsWith("Required value", StringComparison.Ordinal) => "FieldValueRequired",
        _ when message.StartsWith("Duplicate value", StringComparison.Ordinal) => "FieldValueDuplicate",
        _ when message.StartsWith("Unsupported value", StringComparison.Ordinal) => "FieldValueNotSupported",
        _ when message.StartsWith("Forbidden", StringComparison.Ordinal) => "FieldValueForbidden",
        _ when message.StartsWith("Too long", StringComparison.Ordinal) => "FieldValueTooLong",
        _ when message.StartsWith("Too many", StringComparison.Ordinal) => "FieldValueTooMany",
        _ when message.StartsWith("Not found", StringComparison.Ordinal) => "FieldValueNotFound",
        _ => "FieldValueInvalid",
    };
}
