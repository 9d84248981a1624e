using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using RelayOperator.TestKit.Cluster.Access;
using RelayOperator.TestKit.Cluster.Faults;
using RelayOperator.TestKit.Cluster.Kinds;
using RelayOperator.TestKit.Cluster.Patches;

namespace RelayOperator.TestKit.Cluster.Http;

/// <summary>Takes a request from its faults over authentication and authorisation to who serves it.</summary>
internal sealed class RequestHandler(ClusterState cluster, FaultPlan faults, RequestLog log, Func<TimeSpan> bookmarkEvery)
{
    private const int MaxBodyBytes = 3 * 1024 * 1024;

    private readonly ResourceAnswer _resources = new(cluster.Store, cluster.Writer, cluster.Removal);
    private readonly ListAnswer _lists = new(cluster.Store);
    private readonly WatchAnswer _watches = new(cluster.Store, faults, cluster.Time, bookmarkEvery);
    private readonly Eviction _eviction = new(cluster);
    private readonly Binding _binding = new(cluster);
    private readonly TokenRequest _token = new(cluster);
    private readonly PlainPaths _plain = new(cluster);

    public async Task HandleAsync(HttpContext context)
    {
        try
        {
            await ServeAsync(context);
        }
        catch (RefusalException refusal) when (!context.Response.HasStarted)
        {
            await JsonAnswer.RefuseAsync(context, refusal);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The client went away, as watchers do.
        }
    }

    private async Task ServeAsync(HttpContext context)
    {
        var body = await ReadAsync(context.Request);
        var path = ApiPath.Parse(context.Request.Path);
        var user = cluster.Tokens.Find(context.Request.Headers.Authorization);
        var facts = RequestFacts.Of(context.Request.Method, context.Request.Path, context.Request.QueryString.ToString(), user?.Name ?? "", body.Length);
        log.Add(facts);
        if (faults.Striking<FaultAct.Delay>(facts)?.Act is FaultAct.Delay delay)
        {
            await Task.Delay(delay.Time, cluster.Time, context.RequestAborted);
        }
        if (faults.Striking<FaultAct.Reset>(facts) is not null)
        {
            context.Abort();
            return;
        }
        if (faults.Striking<FaultAct.Answer>(facts)?.Act is FaultAct.Answer answer)
        {
            throw RefusalException.Planned(answer.Code, answer.RetryAfterSeconds);
        }
        if (user is null)
        {
            throw RefusalException.Unauthorized();
        }
        if (faults.Striking<FaultAct.LostAnswer>(facts) is not null)
        {
            var real = context.Response.Body;
            context.Response.Body = Stream.Null;
            await DispatchAsync(context, path, facts, user, body);
            context.Response.Body = real;
            context.Abort();
            return;
        }
        await DispatchAsync(context, path, facts, user, body);
    }

    private Task DispatchAsync(HttpContext context, ApiPath? path, RequestFacts facts, ClusterUser user, byte[] body)
    {
        // A namespace counts as in itself: a Role there may allow reading it.
        var home = facts is { Group: "", Resource: "namespaces" } ? facts.Name : facts.Namespace;
        var question = new AccessQuestion(facts.Verb, facts.Group, facts.Resource, facts.Subresource, home, facts.Name, path is null ? context.Request.Path.ToString() : null);
        if (_plain.Find(context, path, user, body) is { } plain)
        {
            if (path is null)
            {
                cluster.Authorizer.Demand(user, question);
            }
            return JsonAnswer.WriteAsync(context, path is null ? 200 : 201, plain);
        }
        cluster.Authorizer.Demand(user, question);
        if (facts.Verb == "create" && path is { Group: "" } && Act(path, body) is { } done)
        {
            return JsonAnswer.WriteAsync(context, 201, done);
        }
        if (path is null || cluster.Kinds.Find(path.Group, path.Version, path.Resource) is not { } kind || !IsServed(kind, path))
        {
            throw RefusalException.NoSuchPath();
        }
        var call = new ApiCall(context, kind, path, facts, user, body);
        switch (facts.Verb)
        {
            case "get":
                return _resources.GetAsync(call);
            case "list":
                return _lists.WriteAsync(call);
            case "watch":
                return _watches.WriteAsync(call);
            case "create" when path.Name.Length == 0 && (path.Namespace.Length > 0 || !kind.Namespaced):
                return _resources.CreateAsync(call);
            case "update" when path.Name.Length > 0:
                return _resources.UpdateAsync(call);
            case "patch" when path.Name.Length > 0:
                if (cluster.Store.Get(kind, path.Namespace, path.Name) is null && call.ContentType.Contains("apply", StringComparison.Ordinal))
                {
                    // An apply that creates needs both permissions.
                    cluster.Authorizer.Demand(user, question with { Verb = "create" });
                }
                return _resources.PatchAsync(call);
            case "delete":
                return _resources.DeleteAsync(call);
            case "deletecollection" when path.Namespace.Length > 0 || !kind.Namespaced:
                return _resources.DeleteCollectionAsync(call);
            default:
                throw RefusalException.MethodNotAllowed();
        }
    }

    /// <summary>What is asked of a pod or an account by creating something below it; null for anything else.</summary>
    private JsonObject? Act(ApiPath path, byte[] body) => (path.Resource, path.Subresource) switch
    {
        ("pods", "eviction") => _eviction.Evict(path.Namespace, path.Name, PatchBody.Json(body)),
        ("pods", "binding") => _binding.Bind(path.Namespace, path.Name, PatchBody.Json(body)),
        ("serviceaccounts", "token") => _token.Issue(path.Namespace, path.Name, PatchBody.Json(body)),
        _ => null,
    };

    private static bool IsServed(ResourceKind kind, ApiPath path) => (kind.Namespaced || path.Namespace.Length == 0)
        && (!kind.Namespaced || path.Name.Length == 0 || path.Namespace.Length > 0)
        && path.Subresource switch { "" => true, "status" => kind.HasStatus, "scale" => kind.Scale is not null, _ => false };

    private static async Task<byte[]> ReadAsync(HttpRequest request)
    {
        using var body = new MemoryStream();
        await request.Body.CopyToAsync(body, request.HttpContext.RequestAborted);
        return body.Length > MaxBodyBytes ? throw RefusalException.TooLarge(MaxBodyBytes) : body.ToArray();
    }
}
