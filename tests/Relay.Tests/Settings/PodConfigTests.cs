using System.Collections.Concurrent;
using System.Text;
using System.Text.Json.Nodes;
using RelayOperator.Api;
using RelayOperator.Api.Config;
using RelayOperator.Relay.Server;
using RelayOperator.Relay.Settings;
using RelayOperator.TestKit;
using Xunit;

namespace RelayOperator.Relay.Tests.Settings;

public sealed class PodConfigTests : IDisposable
{
    private readonly ConcurrentQueue<(PoolConfig Config, PodAssignment Assignment)> _applied = new();
    private readonly LineLogger<PodConfig> _log = new();
    private readonly PodConfig _config;
    private string? _refusal;

    public PodConfigTests() => _config = new PodConfig(PodEnvironment.Settings(), _log);

    public void Dispose() => _config.Dispose();

    [Fact]
    public async Task The_mounted_copy_is_where_it_begins_and_the_Secret_goes_on()
    {
        using var folder = new TempFolder();
        var mounted = new MountedConfig(folder.Path);
        Assert.Null(mounted.ReadChange());
        await File.WriteAllBytesAsync(mounted.Path, PoolConfigJson.Print(Pools.Numbered(3)));
        await _config.OfferAsync(mounted.ReadChange(), PodConfig.Mount);
        Assert.True(_config.First.IsCompletedSuccessfully);
        Assert.Null(mounted.ReadChange());

        await ServeAsync();
        await OfferAsync(Pools.Numbered(4));
        Assert.Equal(4, Assert.Single(_applied).Assignment.Sequence);
    }

    [Fact]
    public async Task What_came_while_the_relay_was_starting_is_applied_when_it_has()
    {
        await OfferAsync(Pools.Numbered(3));
        var served = _config.Current!;
        await OfferAsync(Pools.Numbered(5));
        await _config.ServeAsync(served, Apply);
        Assert.Equal(5, Assert.Single(_applied).Assignment.Sequence);
    }

    [Fact]
    public async Task An_older_sequence_never_replaces_a_newer_one()
    {
        await ServingAsync(7);
        await OfferAsync(Pools.Numbered(6));
        Assert.Empty(_applied);
        Assert.Equal("pool.json: sequence: found 6; allowed: at least 7, which is in force", Assert.Single(_config.Faults));

        await OfferAsync(Pools.Numbered(8));
        Assert.Equal(8, Assert.Single(_applied).Assignment.Sequence);
        Assert.Empty(_config.Faults);
    }

    [Fact]
    public async Task A_bad_write_is_refused_with_its_faults_and_mended_by_the_next()
    {
        await ServingAsync(1);
        await _config.OfferAsync("{\"formatVersion\":1,\"sequence\":2}"u8.ToArray(), PodConfig.Secret);
        Assert.Contains("pool.json: config: found nothing; allowed: an object", _config.Faults);
        Assert.Contains(_log.Lines, line => line.StartsWith("Error: Refused what the Secret holds", StringComparison.Ordinal));
        Assert.Equal(1, _config.Current!.Sequence);

        await OfferAsync(Pools.Numbered(1));
        Assert.Empty(_config.Faults);
    }

    [Fact]
    public async Task A_format_that_only_a_newer_relay_knows_is_refused_and_the_last_good_one_stays()
    {
        await ServingAsync(1);
        await OfferAsync(Pools.Numbered(2) with { FormatVersion = RenderedPool.NewestFormat + 1 });
        Assert.Empty(_applied);
        Assert.Equal(1, _config.Current!.Sequence);
        Assert.Contains("a newer relay is needed", Assert.Single(_config.Faults), StringComparison.Ordinal);

        await OfferAsync(Pools.Numbered(3));
        Assert.Equal(3, Assert.Single(_applied).Assignment.Sequence);
        Assert.Empty(_config.Faults);
    }

    [Fact]
    public async Task Fields_that_only_a_newer_operator_knows_are_passed_over_and_those_of_an_older_one_have_their_defaults()
    {
        await ServingAsync(1);
        var newer = JsonNode.Parse(PoolConfigJson.Print(Pools.Numbered(2)))!;
        newer["quotas"] = new JsonObject { ["daily"] = 7 };
        newer["config"]!["delivery"]!["urgency"] = "High";
        newer["config"]!["hubs"]![0]!["mood"] = new JsonArray("good");
        await _config.OfferAsync(Encoding.UTF8.GetBytes(newer.ToJsonString()), PodConfig.Secret);
        Assert.Equal(2, Assert.Single(_applied).Assignment.Sequence);

        var older = JsonNode.Parse(PoolConfigJson.Print(Pools.Numbered(3)))!;
        older.AsObject().Remove("zones");
        older["config"]!.AsObject().Remove("balancing");
        older["config"]!["hubs"]![0]!.AsObject().Remove("limits");
        await _config.OfferAsync(Encoding.UTF8.GetBytes(older.ToJsonString()), PodConfig.Secret);
        Assert.Equal(3, _applied.Last().Assignment.Sequence);
        Assert.Equal(new HubLimitsSpec().MaxConnections, _applied.Last().Config.Hubs[0].Limits.MaxConnections);
        Assert.Empty(_config.Faults);
    }

    [Fact]
    public async Task A_Secret_that_vanished_leaves_the_last_good_one()
    {
        await ServingAsync(1);
        await _config.OfferAsync(null, PodConfig.Secret);
        Assert.Empty(_applied);
        Assert.Equal("the Secret holds no pool.json", Assert.Single(_config.Faults));
    }

    [Fact]
    public async Task What_is_told_again_is_not_applied_again()
    {
        await ServingAsync(1);
        await OfferAsync(Pools.Numbered(2));
        await OfferAsync(Pools.Numbered(2));
        Assert.Single(_applied);
    }

    [Fact]
    public async Task What_cannot_be_done_now_is_tried_again()
    {
        await ServingAsync(1);
        _refusal = "listener smtp cannot listen";
        await OfferAsync(Pools.Numbered(2));
        await _config.RetryAsync();
        Assert.Equal(["listener smtp cannot listen"], _config.Faults);
        Assert.Equal(1, _config.Current!.Sequence);
        Assert.Single(_log.Lines, line => line.Contains("cannot listen", StringComparison.Ordinal));

        _refusal = null;
        await _config.RetryAsync();
        Assert.Empty(_config.Faults);
        Assert.Equal(2, _config.Current!.Sequence);
        await _config.RetryAsync();
        Assert.Equal(3, _applied.Count);
    }

    [Fact]
    public async Task The_pod_finds_itself_in_what_is_said_of_the_pods()
    {
        await ServingAsync(1);
        var pool = Pools.Numbered(2);
        await OfferAsync(pool with { Draining = ["corp-1", "corp-0"], Zones = pool.Zones.Add("node-1", "eu-1") });
        var (config, assignment) = Assert.Single(_applied);
        Assert.Equal(new PodAssignment("corp-0", "pod-uid", 2, Draining: true), assignment);
        Assert.Equal("eu-1", config.Zone);

        await OfferAsync(Pools.Numbered(3) with { Draining = ["corp-1"] });
        Assert.False(_applied.Last().Assignment.Draining);

        await OfferAsync(Pools.Numbered(4) with { Draining = ["corp-0"], Deleted = true });
        Assert.True(_applied.Last().Assignment.Closing);
        await OfferAsync(Pools.Numbered(5) with { Deleted = true });
        Assert.False(_applied.Last().Assignment.Closing);
    }

    private async Task ServingAsync(int sequence)
    {
        await OfferAsync(Pools.Numbered(sequence));
        await ServeAsync();
    }

    private Task ServeAsync() => _config.ServeAsync(_config.Current!, Apply);

    private Task OfferAsync(RenderedPool pool) => _config.OfferAsync(PoolConfigJson.Print(pool), PodConfig.Secret);

    private Task<string?> Apply(PoolConfig config, PodAssignment assignment)
    {
        _applied.Enqueue((config, assignment));
        return Task.FromResult(_refusal);
    }
}
