using System.Net.Http.Headers;
using System.Runtime.Versioning;
using System.Text;
using System.Text.Json.Nodes;
using RelayOperator.TestKit;
using RelayOperator.TestKit.Cluster;
using RelayOperator.TestKit.Cluster.Kinds;
using RelayOperator.TestKit.Cluster.Pods;

namespace RelayOperator.EndToEnd.Tests.Pools;

/// <summary>A pool as its user has it: its VIP, its pods, its status, and what can be asked of it.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class ServedPool(PoolCluster cluster, string name)
{
    public string Name => name;

    /// <summary>The way in.</summary>
    public VipProxy Vip { get; } = new(cluster.Server.Cluster, cluster.Space, name);

    /// <summary>The pool as it is stored; null once it is gone.</summary>
    public JsonObject? Json => State.Get(State.Kinds.Find("relayoperator.io", "v1beta1", "relaypools")!, Space, name);

    /// <summary>Its pods as they are stored, also those that leave.</summary>
    public IReadOnlyList<JsonObject> StoredPods => [.. State.List(BuiltInKinds.Pod, Space).Where(pod => pod.Label("app.kubernetes.io/instance") == name)];

    /// <summary>Its pods that run, also those that leave.</summary>
    public IReadOnlyList<RelayPod> Pods => [.. StoredPods.Select(pod => cluster.Pods.Find(pod.Uid())).OfType<RelayPod>()];

    /// <summary>The claims of its spools as they are stored, by ordinal.</summary>
    public SortedDictionary<int, JsonObject> Claims => new(State.List(BuiltInKinds.Claim, Space)
        .Where(claim => claim.Name().StartsWith($"spool-{name}-", StringComparison.Ordinal))
        .ToDictionary(claim => int.Parse(claim.Name()[$"spool-{name}-".Length..])));

    /// <summary>The ordinals of its claims.</summary>
    public string Ordinals => string.Join(' ', Claims.Keys);

    private string Space => cluster.Space;

    private ClusterState State => cluster.Server.Cluster;

    /// <summary>A condition of its status as Status/Reason; empty where there is none.</summary>
    public string Condition(string type) =>
        Json.At("status", "conditions").Items().FirstOrDefault(condition => condition["type"].Text() == type) is { } found ? $"{found["status"]}/{found["reason"]}" : "";

    /// <summary>Waits until it has that many pods, none leaving, all of the wanted template, and every one has two healthy hubs.</summary>
    public Task ServesAsync(int pods) => Eventually.True(
        async () => Has(pods) && Json.At("status", "hubs", "summary").Text() == "2/2" && (await HubsSeenAsync()).All(healthy => healthy == 2),
        $"{pods} pods serve two hubs",
        60);

    /// <summary>Whether it has that many pods, none leaving and all of the wanted template, and says so.</summary>
    public bool Has(int pods) =>
        Json.At("status", "observedGeneration").Number() == Json!.Generation()
        && Json.At("status", "readyReplicas").Number() == pods
        && StoredPods.Count == pods
        && Condition("Progressing") == "False/Settled";

    /// <summary>Changes it as <c>kubectl patch --type merge</c> does.</summary>
    public Task PatchAsync(string json) => SendAsync(HttpMethod.Patch, "", json);

    /// <summary>Scales it as <c>kubectl scale</c> does.</summary>
    public Task ScaleAsync(int replicas) => SendAsync(HttpMethod.Patch, "/scale", $$"""{"spec":{"replicas":{{replicas}} } }""");

    /// <summary>Deletes it as <c>kubectl delete</c> does.</summary>
    public Task DeleteAsync() => SendAsync(HttpMethod.Delete, "", """{"kind":"DeleteOptions","apiVersion":"v1","propagationPolicy":"Background"}""");

    /// <summary>Clients begin to send by the VIP and do so until told to stop.</summary>
    public PoolLoad StartLoad(int sessions = 4) => new(Vip.Address, sessions);

    /// <summary>Its pod of an ordinal, where it runs with a spool of its own.</summary>
    public RelayPod PodAt(int ordinal) => Pods.Single(pod => pod.Name == $"{name}-{ordinal}");

    /// <summary>How many hubs are healthy as each of its pods sees it; null for a pod that does not answer, as while its container starts again.</summary>
    public async Task<IReadOnlyList<int?>> HubsSeenAsync()
    {
        List<int?> seen = [];
        foreach (var pod in Pods)
        {
            seen.Add(await HubsSeenByAsync(pod));
        }

        return seen;
    }

    private static async Task<int?> HubsSeenByAsync(RelayPod pod)
    {
        try
        {
            var hubs = (await pod.Admin.StatusAsync()).GetProperty("hubs").EnumerateArray();
            return hubs.Count(hub => hub.GetProperty("state").GetString() == "Healthy");
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }

    private async Task SendAsync(HttpMethod method, string subresource, string json)
    {
        using var http = new HttpClient { BaseAddress = cluster.Server.Address };
        using var request = new HttpRequestMessage(method, new Uri($"/apis/relayoperator.io/v1beta1/namespaces/{Space}/relaypools/{name}{subresource}", UriKind.Relative))
        {
            Content = new StringContent(json, Encoding.UTF8, method == HttpMethod.Patch ? "application/merge-patch+json" : "application/json"),
        };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", cluster.Server.AdminToken);
        using var answer = await http.SendAsync(request);
        answer.EnsureSuccessStatusCode();
    }
}
