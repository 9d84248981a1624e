using k8s;
using k8s.Models;
using RelayOperator.TestKit;
using RelayOperator.TestKit.Cluster;
using Xunit;

namespace RelayOperator.Operator.Tests.Cluster;

public sealed class WatchTests : ClusterFixture
{
    private const string Maps = $"/api/v1/namespaces/{Space}/configmaps";

    [Fact]
    public async Task The_real_client_hears_of_every_change()
    {
        var heard = new List<string>();
        var list = await Client.CoreV1.ListNamespacedConfigMapAsync(Space);
        using var stop = new CancellationTokenSource();
        var watching = Task.Run(async () =>
        {
            await foreach (var (type, map) in Client.CoreV1.WatchListNamespacedConfigMapAsync(Space, resourceVersion: list.Metadata.ResourceVersion, cancellationToken: stop.Token))
            {
                lock (heard)
                {
                    heard.Add($"{type} {map.Metadata.Name}");
                }
            }
        });
        var created = await CreateMapAsync("a", ("k", "1"));
        created.Data["k"] = "2";
        await Client.CoreV1.ReplaceNamespacedConfigMapAsync(created, "a", Space);
        await Client.CoreV1.DeleteNamespacedConfigMapAsync("a", Space);
        await Eventually.True(() => { lock (heard) { return heard.Count == 3; } }, "three events");
        Assert.Equal(["Added a", "Modified a", "Deleted a"], heard);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => watching);
    }

    [Fact]
    public async Task A_watch_goes_on_from_a_version_without_a_gap()
    {
        var first = await CreateMapAsync("a");
        await CreateMapAsync("b");
        await Client.CoreV1.DeleteNamespacedConfigMapAsync("a", Space);
        using var watch = await OpenAsync($"?watch=true&resourceVersion={first.Metadata.ResourceVersion}");
        Assert.Equal("ADDED b", await watch.NextTitleAsync());
        var deleted = await watch.NextAsync();
        Assert.Equal("DELETED", deleted!["type"].Text());
        Assert.NotEqual(first.Metadata.ResourceVersion, deleted["object"]!.AsObject().ResourceVersion());
    }

    [Fact]
    public async Task A_watch_without_a_version_begins_with_what_is_there()
    {
        await CreateMapAsync("a");
        using var watch = await OpenAsync("?watch=true");
        Assert.Equal("ADDED a", await watch.NextTitleAsync());
    }

    [Fact]
    public async Task A_version_that_is_forgotten_is_an_error_event_of_410()
    {
        var first = await CreateMapAsync("a");
        await CreateMapAsync("b");
        Server.Cluster.Store.Compact();
        using var watch = await OpenAsync($"?watch=true&resourceVersion={first.Metadata.ResourceVersion}");
        var error = await watch.NextAsync();
        Assert.Equal("ERROR", error!["type"].Text());
        Assert.Equal(410, error.At("object", "code").Number());
        Assert.Equal("end", await watch.NextTitleAsync());
    }

    [Fact]
    public async Task The_real_client_is_told_of_410_by_its_error_callback_only()
    {
        var first = await CreateMapAsync("a");
        await CreateMapAsync("b");
        Server.Cluster.Store.Compact();
        var errors = new List<Exception>();
        await foreach (var _ in Client.CoreV1.WatchListNamespacedConfigMapAsync(Space, resourceVersion: first.Metadata.ResourceVersion, onError: errors.Add))
        {
            Assert.Fail("No event is expected.");
        }
        Assert.Equal(410, Assert.IsType<KubernetesException>(Assert.Single(errors)).Status.Code);
    }

    [Fact]
    public async Task Bookmarks_tell_how_far_a_quiet_watch_has_come()
    {
        Server.BookmarkEvery = TimeSpan.FromMilliseconds(50);
        using var watch = await OpenAsync($"?watch=true&allowWatchBookmarks=true&resourceVersion={Server.Cluster.Store.Revision}");
        var created = await Client.CoreV1.CreateNamespacedSecretAsync(new() { Metadata = new() { Name = "elsewhere" } }, Space);
        await Eventually.True(async () =>
        {
            var bookmark = await watch.NextAsync();
            Assert.Equal("BOOKMARK", bookmark!["type"].Text());
            return long.Parse(bookmark["object"]!.AsObject().ResourceVersion()) >= long.Parse(created.Metadata.ResourceVersion);
        }, "a bookmark of the secret's version");
    }

    [Fact]
    public async Task A_watch_ends_after_its_time_with_a_last_bookmark()
    {
        using var watch = await OpenAsync("?watch=true&allowWatchBookmarks=true&timeoutSeconds=1");
        Assert.Equal("BOOKMARK", (await watch.NextAsync())!["type"].Text());
        Assert.Null(await watch.NextAsync());
    }

    [Fact]
    public async Task A_watch_can_begin_with_a_list_that_a_bookmark_ends()
    {
        await CreateMapAsync("a");
        using var watch = await OpenAsync("?watch=true&allowWatchBookmarks=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan");
        Assert.Equal("ADDED a", await watch.NextTitleAsync());
        var bookmark = await watch.NextAsync();
        Assert.Equal("true", bookmark.At("object", "metadata", "annotations", "k8s.io/initial-events-end").Text());
    }

    [Fact]
    public async Task An_object_that_leaves_the_selection_is_deleted_and_one_that_enters_added()
    {
        using var watch = await OpenAsync($"?watch=true&labelSelector=app%3Drelay&resourceVersion={Server.Cluster.Store.Revision}");
        var map = await CreateMapAsync("a", ("k", "1"));
        foreach (var app in new[] { "relay", "relay2", "relay" })
        {
            map.Metadata.Labels = new Dictionary<string, string>(StringComparer.Ordinal) { ["app"] = app };
            map = await Client.CoreV1.ReplaceNamespacedConfigMapAsync(map, "a", Space);
        }
        Assert.Equal("ADDED a", await watch.NextTitleAsync());
        var left = await watch.NextAsync();
        Assert.Equal("DELETED", left!["type"].Text());
        Assert.Equal("relay", left["object"]!.AsObject().Label("app"));
        Assert.Equal("ADDED a", await watch.NextTitleAsync());
    }

    [Fact]
    public async Task A_field_selector_narrows_a_watch_to_one_name()
    {
        using var watch = await OpenAsync($"?watch=true&fieldSelector=metadata.name%3Db&resourceVersion={Server.Cluster.Store.Revision}");
        await CreateMapAsync("a");
        await CreateMapAsync("b");
        Assert.Equal("ADDED b", await watch.NextTitleAsync());
    }

    [Fact]
    public async Task Metadata_alone_can_be_watched()
    {
        using var watch = await RawWatch.OpenAsync(Http, $"{Maps}?watch=true&resourceVersion={Server.Cluster.Store.Revision}", "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1");
        await CreateMapAsync("a", ("k", "v"));
        var added = await watch.NextAsync();
        Assert.Equal("PartialObjectMetadata", added.At("object", "kind").Text());
        Assert.Null(added.At("object", "data"));
    }

    private Task<RawWatch> OpenAsync(string query) => RawWatch.OpenAsync(Http, Maps + query);
}
