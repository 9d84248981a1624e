using System.Net.Sockets;
using k8s;
using Xunit;

namespace RelayOperator.Operator.Tests.Cluster;

public sealed class FaultTests : ClusterFixture
{
    private const string Maps = $"/api/v1/namespaces/{Space}/configmaps";

    [Theory]
    [InlineData(409, "Conflict")]
    [InlineData(410, "Expired")]
    [InlineData(429, "TooManyRequests")]
    [InlineData(500, "InternalError")]
    [InlineData(503, "ServiceUnavailable")]
    public async Task A_planned_answer_comes_as_often_as_planned(int code, string reason)
    {
        var fault = Server.Faults.Answer(code, request => request is { Verb: "list", Resource: "configmaps" }, times: 1, retryAfterSeconds: 2);
        var (found, status) = await RefusedAsync(() => Client.CoreV1.ListNamespacedConfigMapAsync(Space));
        Assert.Equal((code, reason, 2), (found, status.Reason, status.Details.RetryAfterSeconds));
        Assert.Empty((await Client.CoreV1.ListNamespacedConfigMapAsync(Space)).Items);
        Assert.Equal(1, fault.Hits);
    }

    [Fact]
    public async Task Retry_After_is_a_header_too()
    {
        Server.Faults.Answer(429, _ => true, retryAfterSeconds: 7);
        using var answer = await Http.GetAsync(new Uri(Maps, UriKind.Relative));
        Assert.Equal(TimeSpan.FromSeconds(7), answer.Headers.RetryAfter!.Delta);
    }

    [Fact]
    public async Task A_fault_ends_when_it_is_disposed()
    {
        using (Server.Faults.Answer(500, request => request.IsWrite))
        {
            Assert.Equal(500, (await RefusedAsync(() => CreateMapAsync("a"))).Code);
        }
        await CreateMapAsync("a");
    }

    [Fact]
    public async Task A_reset_cuts_the_connection_before_anything_is_done()
    {
        Server.Faults.Reset(request => request.Verb == "create", times: 1);
        await Assert.ThrowsAsync<HttpRequestException>(() => CreateMapAsync("a"));
        Assert.Empty((await Client.CoreV1.ListNamespacedConfigMapAsync(Space)).Items);
    }

    [Fact]
    public async Task An_answer_may_be_lost_after_the_write_is_done()
    {
        Server.Faults.LoseAnswer(request => request.Verb == "create", times: 1);
        await Assert.ThrowsAsync<HttpRequestException>(() => CreateMapAsync("a"));
        Assert.Single((await Client.CoreV1.ListNamespacedConfigMapAsync(Space)).Items);
    }

    [Fact]
    public async Task A_delayed_request_is_served_late()
    {
        Server.Faults.Delay(TimeSpan.FromMilliseconds(200), _ => true);
        var started = TimeProvider.System.GetTimestamp();
        await CreateMapAsync("a");
        Assert.True(TimeProvider.System.GetElapsedTime(started) >= TimeSpan.FromMilliseconds(190));
    }

    [Fact]
    public async Task A_half_open_watch_says_nothing_and_does_not_end()
    {
        using var watch = await RawWatch.OpenAsync(Http, $"{Maps}?watch=true&allowWatchBookmarks=true&timeoutSeconds=1&resourceVersion={Server.Cluster.Store.Revision}");
        Server.Faults.SilenceWatches(request => request.Resource == "configmaps");
        await CreateMapAsync("a");
        Assert.True(await watch.IsSilentAsync(TimeSpan.FromSeconds(1.5)));
    }

    [Fact]
    public async Task Events_may_come_twice()
    {
        Server.Faults.DuplicateEvents(_ => true);
        using var watch = await RawWatch.OpenAsync(Http, $"{Maps}?watch=true&resourceVersion={Server.Cluster.Store.Revision}");
        await CreateMapAsync("a");
        Assert.Equal("ADDED a", await watch.NextTitleAsync());
        Assert.Equal("ADDED a", await watch.NextTitleAsync());
    }

    [Fact]
    public async Task Events_may_come_in_the_wrong_order()
    {
        Server.Faults.ReorderEvents(_ => true);
        using var watch = await RawWatch.OpenAsync(Http, $"{Maps}?watch=true&resourceVersion={Server.Cluster.Store.Revision}");
        await CreateMapAsync("a");
        await CreateMapAsync("b");
        Assert.Equal("ADDED b", await watch.NextTitleAsync());
        Assert.Equal("ADDED a", await watch.NextTitleAsync());
    }

    [Fact]
    public async Task Down_refuses_all_and_up_serves_the_same_objects_on_the_same_port()
    {
        await CreateMapAsync("a");
        using var watch = await RawWatch.OpenAsync(Http, $"{Maps}?watch=true&resourceVersion={Server.Cluster.Store.Revision}");
        var address = Server.Address;
        await Server.DownAsync();
        await Assert.ThrowsAnyAsync<IOException>(watch.NextAsync);
        var refused = await Assert.ThrowsAsync<HttpRequestException>(() => Client.CoreV1.ListNamespacedConfigMapAsync(Space));
        Assert.IsType<SocketException>(refused.InnerException);
        await Server.UpAsync();
        Assert.Equal(address, Server.Address);
        Assert.Single((await Client.CoreV1.ListNamespacedConfigMapAsync(Space)).Items);
    }

    [Fact]
    public async Task The_log_tells_who_asked_for_what()
    {
        Server.Log.Clear();
        await CreateMapAsync("a");
        await Client.CoreV1.ListNamespacedConfigMapAsync(Space);
        var write = Assert.Single(Server.Log.Writes);
        Assert.Equal(("create", "configmaps", Space, "kubernetes-admin"), (write.Verb, write.Resource, write.Namespace, write.User));
        Assert.True(write.BodyBytes > 20);
        Assert.Equal(1, Server.Log.Count(request => request.Verb == "list"));
    }
}
