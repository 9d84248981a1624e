using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Nodes;
using k8s;
using RelayOperator.TestKit.Cluster;

namespace RelayOperator.TestKit.Target;

/// <summary>Puts the chart's objects into a cluster, as an administrator with kubectl would, by server-side apply.</summary>
internal sealed class ChartInstaller(Kubernetes admin)
{
    public const string Group = "relayoperator.io";

    private const string FieldManager = "relay-operator-tests";

    /// <summary>Installs the definitions, and waits until they are served.</summary>
    public async Task DefineAsync()
    {
        var definitions = await ChartObjects.DefinitionsAsync();
        foreach (var definition in definitions)
        {
            await ApplyAsync(definition);
        }

        foreach (var plural in definitions.Select(definition => (string)definition["spec"]!["names"]!["plural"]!))
        {
            await Eventually.True(() => IsServedAsync(plural), $"{plural} are served", seconds: 30);
        }
    }

    /// <summary>Makes the operator's ServiceAccount, and grants it what the chart does.</summary>
    /// <param name="ns">Namespace of the release.</param>
    /// <param name="served">The namespaces that there are of those that it serves.</param>
    /// <param name="everywhere">Whether it serves all.</param>
    /// <returns>The account's name.</returns>
    public async Task<string> GrantAsync(string ns, IReadOnlyCollection<string> served, bool everywhere)
    {
        var rights = await ChartObjects.RightsAsync(ns, everywhere);
        foreach (var item in rights.Where(item => ChartObjects.NamespaceOf(item) is var home && (home.Length == 0 || served.Contains(home))))
        {
            await ApplyAsync(item);
        }

        return rights.Single(item => (string?)item["kind"] == "ServiceAccount").Name();
    }

    private async Task<bool> IsServedAsync(string plural)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"apis/{Group}/v1beta1/{plural}?limit=1");
        using var answer = await SendAsync(request);
        return answer.IsSuccessStatusCode;
    }

    private async Task ApplyAsync(JsonObject item)
    {
        using var request = new HttpRequestMessage(HttpMethod.Patch, $"{ChartObjects.PathOf(item)}?fieldManager={FieldManager}&force=true");
        request.Content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(item));
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/apply-patch+yaml");
        using var answer = await SendAsync(request);
        if (!answer.IsSuccessStatusCode)
        {
            throw new InvalidOperationException($"{request.RequestUri}: {await answer.Content.ReadAsStringAsync()}");
        }
    }

    private async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request)
    {
        if (admin.Credentials is { } credentials)
        {
            await credentials.ProcessHttpRequestAsync(request, CancellationToken.None);
        }

        return await admin.HttpClient.SendAsync(request);
    }
}
