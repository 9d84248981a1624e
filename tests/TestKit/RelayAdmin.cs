using System.Net;
using System.Text.Json;

namespace RelayOperator.TestKit;

/// <summary>The admin endpoints of a relay that runs.</summary>
public sealed class RelayAdmin(IPEndPoint address)
{
    private static readonly HttpClient Http = new() { Timeout = TimeSpan.FromSeconds(5) };

    public IPEndPoint Address => address;

    public Task<string> GetAsync(string path) => Http.GetStringAsync(new Uri($"http://{address}/{path}"));

    public async Task<JsonElement> StatusAsync() => JsonDocument.Parse(await GetAsync("status")).RootElement;

    /// <summary>What it says of one hub; null where it does not know it.</summary>
    public async Task<JsonElement?> HubAsync(string name)
    {
        var hubs = (await StatusAsync()).GetProperty("hubs").EnumerateArray().Where(hub => hub.GetProperty("name").GetString() == name).ToList();
        return hubs.Count == 0 ? null : hubs[0];
    }

    public async Task<long> SequenceAsync() => (await StatusAsync()).GetProperty("configSequence").GetInt64();

    public Task<bool> IsReadyAsync() => SaysYesAsync("readyz");

    /// <summary>As a probe asks: whether that answers with success.</summary>
    public async Task<bool> SaysYesAsync(string path)
    {
        try
        {
            using var answer = await Http.GetAsync(new Uri($"http://{address}/{path}"));
            return answer.IsSuccessStatusCode;
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            return false;
        }
    }
}
