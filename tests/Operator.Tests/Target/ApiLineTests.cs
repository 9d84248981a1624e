using System.Text;
using RelayOperator.Operator.Tests.Cluster;
using RelayOperator.TestKit.Target;
using Xunit;

namespace RelayOperator.Operator.Tests.Target;

/// <summary>What tests of the operator rely on to see and to break its requests, whatever the server.</summary>
public sealed class ApiLineTests : ClusterFixture
{
    private const string Maps = $"/api/v1/namespaces/{Space}/configmaps";

    private readonly ApiLine _line = new();
    private HttpClient _http = null!;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        var handler = _line.Handler();
        handler.InnerHandler = new SocketsHttpHandler();
        _http = new HttpClient(handler) { BaseAddress = Server.Address };
        _http.DefaultRequestHeaders.Authorization = new("Bearer", Server.AdminToken);
    }

    public override async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await base.DisposeAsync();
    }

    [Fact]
    public async Task It_shows_what_was_asked()
    {
        await _http.GetAsync(new Uri($"{Maps}?limit=3", UriKind.Relative));
        using var body = new StringContent("""{"metadata":{"name":"a"}}""", Encoding.UTF8, "application/json");
        await _http.PostAsync(new Uri(Maps, UriKind.Relative), body);

        Assert.Equal([("list", "configmaps", Space), ("create", "configmaps", Space)], _line.Log.All.Select(asked => (asked.Verb, asked.Resource, asked.Namespace)));
        Assert.Equal($"{Maps}?limit=3", _line.Log.All[0].Path);
        Assert.Equal(25, _line.Log.All[1].BodyBytes);
    }

    [Fact]
    public async Task An_answer_may_be_another_one_or_break_off()
    {
        using (_line.Faults.Answer(429, static _ => true, retryAfterSeconds: 7))
        {
            using var refused = await _http.GetAsync(new Uri(Maps, UriKind.Relative));
            Assert.Equal((429, 7), ((int)refused.StatusCode, refused.Headers.RetryAfter!.Delta!.Value.TotalSeconds));
        }

        using (_line.Faults.CutAnswers(static _ => true))
        {
            await Assert.ThrowsAnyAsync<HttpRequestException>(() => _http.GetStringAsync(new Uri(Maps, UriKind.Relative)));
        }

        Assert.Contains("ConfigMapList", await _http.GetStringAsync(new Uri(Maps, UriKind.Relative)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Events_may_come_twice_in_the_wrong_order_break_off_or_be_too_old()
    {
        using var watch = await WatchAsync();
        using (_line.Faults.DuplicateEvents(static _ => true))
        {
            await CreateMapAsync("a");
            Assert.Equal(["ADDED a", "ADDED a"], [await watch.NextTitleAsync(), await watch.NextTitleAsync()]);
        }

        using (_line.Faults.ReorderEvents(static _ => true))
        {
            await CreateMapAsync("b");
            await CreateMapAsync("c");
            Assert.Equal(["ADDED c", "ADDED b"], [await watch.NextTitleAsync(), await watch.NextTitleAsync()]);
        }

        _line.Faults.ExpireWatches(static _ => true, times: 1);
        await CreateMapAsync("d");
        Assert.Equal(410, (int)(await watch.NextAsync())!["object"]!["code"]!);
        _line.Faults.CutAnswers(static _ => true, times: 1);
        await CreateMapAsync("e");
        await Assert.ThrowsAnyAsync<IOException>(watch.NextAsync);
    }

    [Fact]
    public async Task A_silent_watch_says_nothing_not_even_its_end()
    {
        using var watch = await WatchAsync("&timeoutSeconds=1");
        _line.Faults.SilenceWatches(static _ => true);
        await CreateMapAsync("a");
        Assert.True(await watch.IsSilentAsync(TimeSpan.FromSeconds(1.5)));
    }

    [Fact]
    public async Task Down_cuts_what_is_open_and_refuses_what_comes_and_up_lets_through()
    {
        using var watch = await WatchAsync();
        _line.Down();
        await Assert.ThrowsAnyAsync<IOException>(watch.NextAsync);
        await Assert.ThrowsAsync<HttpRequestException>(() => _http.GetAsync(new Uri(Maps, UriKind.Relative)));
        _line.Up();
        using var answer = await _http.GetAsync(new Uri(Maps, UriKind.Relative));
        Assert.True(answer.IsSuccessStatusCode);
    }

    private Task<RawWatch> WatchAsync(string more = "") => RawWatch.OpenAsync(_http, $"{Maps}?watch=true&resourceVersion={Server.Cluster.Store.Revision}{more}");
}
