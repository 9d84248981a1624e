using System.Globalization;
using RelayOperator.TestKit;
using Xunit;

namespace RelayOperator.EndToEnd.Tests.Spools;

/// <summary>
/// Two relays of a pool with one database between them: one is killed under load, and the database too. What either of them
/// acknowledged has to arrive. CI runs a few rounds, the soak a hundred (RELAY_TEST_KILLS).
/// </summary>
[Collection("one at a time")]
public sealed class SharedSpoolTests(ITestOutputHelper output)
{
    private const int HubConnections = 64;
    private const string QuickHealth = "probe: { intervalSeconds: 1, timeoutSeconds: 2, successes: 1 }, ejection: { baseSeconds: 1, maxSeconds: 2 }";

    private static readonly int Kills = int.Parse(Environment.GetEnvironmentVariable("RELAY_TEST_KILLS") ?? "3", CultureInfo.InvariantCulture);

    [Theory]
    [InlineData("CutThrough")]
    [InlineData("StoreAndForward")]
    public async Task What_was_acknowledged_arrives_whichever_relay_is_killed_and_when_the_database_dies(string mode)
    {
        var random = new Random(Environment.ProcessId);
        await using var server = await PostgresServer.StartAsync();
        var spec = Spec(mode, await server.CreateDatabaseAsync());
        await using var hub = await SinkProcess.StartAsync();
        await using var one = await RelayProcess.StartAsync([hub.Port], health: QuickHealth, spec: spec);
        await using var other = await RelayProcess.StartAsync([hub.Port], health: QuickHealth, spec: spec);
        using var stop = new CancellationTokenSource();
        LoadClient[] loads = [new(one.Address, 8), new(other.Address, 8)];
        var sending = loads.Select(load => load.SendAsync(int.MaxValue, reconnect: true, stop: stop.Token)).ToArray();
        for (var round = 0; round < Kills; round++)
        {
            // In every other round the hub is gone, so that all of it goes to the spool; in every third the database dies.
            var (hubIsGone, databaseDies) = (round % 2 == 1, round % 3 == 2);
            await (hubIsGone ? hub.Process!.KillAsync() : Task.CompletedTask);
            var marks = loads.Select(load => load.Acknowledged + random.Next(50, 250)).ToArray();
            await Eventually.True(() => loads[0].Acknowledged > marks[0] && loads[1].Acknowledged > marks[1], "mail flows", 60);

            var killed = random.Next(2) == 0 ? one : other;
            await Task.WhenAll(killed.Process.KillAsync(), databaseDies ? server.KillAsync() : Task.CompletedTask);
            await (databaseDies ? server.StartAgainAsync() : Task.CompletedTask);
            await killed.StartAgainAsync();
            await (hubIsGone ? hub.StartAgainAsync() : Task.CompletedTask);
        }

        await stop.CancelAsync();
        var acknowledged = (await Task.WhenAll(sending)).SelectMany(report => report.Acknowledged).ToList();
        await Eventually.True(async () => await one.SpooledAsync() == 0 && await other.SpooledAsync() == 0, "the spool is empty", 120);

        var arrived = hub.ArrivedIds().ToList();
        var once = arrived.ToHashSet(StringComparer.Ordinal);
        var lost = acknowledged.Count(id => !once.Contains(id));
        output.WriteLine($"{mode}: {Kills} kills, {acknowledged.Count} acknowledged, {lost} lost, {arrived.Count - once.Count} duplicates");
        Assert.Equal(0, lost);
        // What a relay, or a hub that is killed, has in hand; and both relays where the database dies.
        Assert.InRange(arrived.Count - once.Count, 0, Kills * 3 * HubConnections);
    }

    [Fact]
    public async Task The_mail_of_a_relay_that_dies_goes_on_from_the_other_one_within_its_lease()
    {
        await using var server = await PostgresServer.StartAsync();
        var spec = Spec("StoreAndForward", await server.CreateDatabaseAsync());
        await using var hub = await SinkProcess.StartAsync();
        await using var one = await RelayProcess.StartAsync([hub.Port], health: QuickHealth, spec: spec);
        await using var other = await RelayProcess.StartAsync([hub.Port], health: QuickHealth, spec: spec);
        using var stop = new CancellationTokenSource();
        var load = new LoadClient(one.Address, 8);
        var sending = load.SendAsync(int.MaxValue, reconnect: true, stop: stop.Token);
        await Eventually.True(() => load.Acknowledged > 200, "mail flows", 60);
        // What is sent now is in flight until the relay dies of it.
        await hub.Process!.SignalAsync("STOP");
        var mark = load.Acknowledged;
        await Eventually.True(() => load.Acknowledged > mark + 50, "mail is taken", 60);

        await one.Process.KillAsync();
        await hub.Process!.SignalAsync("CONT");
        var died = TimeProvider.System.GetTimestamp();
        await stop.CancelAsync();
        var report = await sending;
        await Eventually.True(() => hub.ArrivedIds().ToHashSet(StringComparer.Ordinal).IsSupersetOf(report.Acknowledged), "all of it arrives", 60);

        var seconds = TimeProvider.System.GetElapsedTime(died).TotalSeconds;
        output.WriteLine($"{report.Acknowledged.Count} acknowledged, all there after {seconds:F1} s");
        Assert.InRange(seconds, 0, 32);
        await Eventually.True(async () => await other.SpooledAsync() == 0, "the spool is empty", 30);
    }

    private static string Spec(string mode, string uri) =>
        $$"""
          delivery: { mode: {{mode}}, retrySeconds: [1] }
          spool: { postgres: { connectionSecretRef: { name: spool-db } } }
        ---
        apiVersion: v1
        kind: Secret
        metadata: { name: spool-db }
        stringData: { uri: "{{uri}}" }
        """;
}
