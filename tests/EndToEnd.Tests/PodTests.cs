using System.Runtime.Versioning;
using RelayOperator.Api.Config;
using RelayOperator.TestKit;
using Xunit;

namespace RelayOperator.EndToEnd.Tests;

/// <summary>A real relay as it runs in a pod, with as much of an API server as it needs.</summary>
[UnsupportedOSPlatform("windows")]
[Collection("one at a time")]
public sealed class PodTests : IAsyncLifetime
{
    private readonly ScriptedHub _hub = new();
    private SecretApi _api = null!;

    public async ValueTask InitializeAsync() => _api = await SecretApi.StartAsync();

    public async ValueTask DisposeAsync()
    {
        await _api.DisposeAsync();
        await _hub.DisposeAsync();
    }

    [Fact]
    public async Task It_starts_without_an_API_server_follows_the_Secret_when_there_is_one_and_keeps_what_it_has()
    {
        await _api.StopAsync();
        await using var pod = await PodProcess.StartAsync(_api.Address, Pool(3));
        Assert.Equal(3, await pod.SequenceAsync());
        await SendAsync(pod);

        await pod.MountAsync(Pool(4));
        await Eventually.True(async () => await pod.SequenceAsync() == 4, "the mounted copy is in force as long as nobody else says anything");
        _api.Write(pod.Of(Pool(5)));
        await _api.StartAsync();
        await Eventually.True(async () => await pod.SequenceAsync() == 5, "the Secret is in force", 15);

        await Eventually.True(() => _api.Watches == 1, "it is watched");
        _api.Write(pod.Of(Pool(6) with { Draining = ["corp-0"] }));
        await Eventually.True(async () => await pod.SequenceAsync() == 6, "a change is in force within a second", 1);
        var status = await pod.StatusAsync();
        Assert.True(status.GetProperty("draining").GetBoolean());
        Assert.True(status.GetProperty("drained").GetBoolean());
        Assert.Equal(6, status.GetProperty("drainToken").GetInt64());

        _api.Write("{}"u8.ToArray());
        await Eventually.True(async () => (await pod.StatusAsync()).GetProperty("configFaults").GetArrayLength() > 0, "the faults are shown");
        _api.Write(pod.Of(Pool(2)));
        await Eventually.True(async () => (await pod.StatusAsync()).GetProperty("configFaults")[0].GetString()!.Contains("found 2; allowed: at least 6", StringComparison.Ordinal), "an older one is refused");
        _api.Delete();
        await Eventually.True(async () => (await pod.StatusAsync()).GetProperty("configFaults")[0].GetString() == "the Secret holds no pool.json", "its absence is shown");
        await _api.StopAsync();
        Assert.Equal(6, await pod.SequenceAsync());
        await SendAsync(pod);
        Assert.Equal(2, _hub.Messages.Count);
    }

    [Fact]
    public async Task Told_to_end_it_accepts_for_drainSeconds_whatever_the_hubs_do_and_then_ends()
    {
        await using var pod = await PodProcess.StartAsync(_api.Address, Pool(3));
        await _hub.DisposeAsync();
        await pod.Process.SignalAsync("TERM");
        await Eventually.True(async () => (await pod.StatusAsync()).GetProperty("leaving").GetBoolean(), "it has heard");
        var told = TimeProvider.System.GetTimestamp();

        Assert.True(await pod.IsReadyAsync());
        using var wire = await SmtpWire.ConnectAsync(pod.Address);
        Assert.StartsWith("220", await wire.ReplyAsync(), StringComparison.Ordinal);
        Assert.StartsWith("421 4.3.2", await wire.ReplyAsync(), StringComparison.Ordinal);
        Assert.Equal(0, await pod.Process.ExitAsync(20));
        Assert.InRange(TimeProvider.System.GetElapsedTime(told).TotalSeconds, 1.5, 15);
    }

    [Fact]
    public async Task Without_a_file_and_without_the_environment_of_a_pod_it_says_what_is_missing()
    {
        await using var relay = ChildProcess.Start("dotnet", Repository.Relay, "run");
        Assert.Equal(2, await relay.ExitAsync());
        await Eventually.True(() => relay.Output.Any(line => line.Contains("RELAY_POOL_SECRET is not set", StringComparison.Ordinal)), "it says so");
    }

    private RenderedPool Pool(int sequence) => new()
    {
        Sequence = sequence,
        Config = TestRelay.Pool([TestRelay.Hub("ht1", _hub.Port)]) with { DrainSeconds = 2, Delivery = new DeliveryConfig(sequence) },
    };

    private static async Task SendAsync(PodProcess pod)
    {
        using var wire = await SmtpWire.ConnectAsync(pod.Address);
        await wire.ReplyAsync();
        foreach (var command in new[] { "EHLO client.test", "MAIL FROM:<a@b.test>", "RCPT TO:<c@d.test>", "DATA", "Subject: x\r\n\r\n." })
        {
            Assert.Matches("^[23]", await wire.AskAsync(command));
        }
    }
}
