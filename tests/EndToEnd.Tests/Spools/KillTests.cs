using System.Globalization;
using RelayOperator.TestKit;
using Xunit;

namespace RelayOperator.EndToEnd.Tests.Spools;

/// <summary>
/// The relay is killed at random moments under load, its hubs come and go; what it acknowledged has to arrive. CI runs a
/// few rounds, the soak a hundred (RELAY_TEST_KILLS).
/// </summary>
[Collection("one at a time")]
public sealed class KillTests(ITestOutputHelper output)
{
    private const int HubConnections = 64;
    private const string QuickHealth = "probe: { intervalSeconds: 1, timeoutSeconds: 2, successes: 1 }, ejection: { baseSeconds: 1, maxSeconds: 2 }";

    private static readonly int Kills = int.Parse(Environment.GetEnvironmentVariable("RELAY_TEST_KILLS") ?? "4", CultureInfo.InvariantCulture);

    [Theory]
    [InlineData("CutThrough")]
    [InlineData("StoreAndForward")]
    public async Task What_was_acknowledged_arrives_whenever_the_relay_is_killed(string mode)
    {
        var random = new Random(Environment.ProcessId);
        await using var first = await SinkProcess.StartAsync();
        await using var second = await SinkProcess.StartAsync();
        await using var relay = await RelayProcess.StartAsync([first.Port, second.Port], health: QuickHealth, spec: Spec(mode));
        using var stop = new CancellationTokenSource();
        var load = new LoadClient(relay.Address, 24);
        var sending = load.SendAsync(int.MaxValue, reconnect: true, stop: stop.Token);
        for (var round = 0; round < Kills; round++)
        {
            // In every other round one hub is gone, in every fourth both are: then all of it goes to the spool.
            var (firstIsGone, secondIsGone) = (round % 2 == 1, round % 4 == 3);
            await (firstIsGone ? first.Process!.KillAsync() : Task.CompletedTask);
            await (secondIsGone ? second.Process!.KillAsync() : Task.CompletedTask);
            var mark = load.Acknowledged + random.Next(50, 1200);
            await Eventually.True(() => load.Acknowledged > mark, "mail flows", 60);

            await relay.Process.KillAsync();
            await relay.StartAgainAsync();
            await (firstIsGone ? first.StartAgainAsync() : Task.CompletedTask);
            await (secondIsGone ? second.StartAgainAsync() : Task.CompletedTask);
        }

        await stop.CancelAsync();
        var report = await sending;
        await Eventually.True(async () => await relay.SpooledAsync() == 0, "the spool is empty", 120);

        var arrived = first.ArrivedIds().Concat(second.ArrivedIds()).ToList();
        var once = arrived.ToHashSet(StringComparer.Ordinal);
        var lost = report.Acknowledged.Count(id => !once.Contains(id));
        output.WriteLine($"{mode}: {Kills} kills, {report.Acknowledged.Count} acknowledged, {lost} lost, {arrived.Count - once.Count} duplicates");
        Assert.Equal(0, lost);
        // A hub that is killed leaves its own share in doubt.
        Assert.InRange(arrived.Count - once.Count, 0, Kills * 2 * 2 * HubConnections);
    }

    [Fact]
    public async Task Senders_of_what_a_hub_refuses_are_told_whenever_the_relay_is_killed()
    {
        var random = new Random(Environment.ProcessId);
        await using var hub = new ScriptedHub().On("RCPT", line => line.Contains("rcpt@", StringComparison.Ordinal) ? "550 5.1.1 nobody here" : (HubAct?)null);
        await using var relay = await RelayProcess.StartAsync([hub.Port], health: QuickHealth, spec: Spec("StoreAndForward"));
        using var stop = new CancellationTokenSource();
        var load = new LoadClient(relay.Address, 8);
        var sending = load.SendAsync(int.MaxValue, reconnect: true, stop: stop.Token);
        for (var round = 0; round < Kills; round++)
        {
            // While it writes notifications, deletes what they are about, and sends them.
            var mark = hub.Messages.Count + random.Next(20, 300);
            await Eventually.True(() => hub.Messages.Count > mark, "notifications arrive", 60);
            await relay.Process.KillAsync();
            await relay.StartAgainAsync();
        }

        await stop.CancelAsync();
        var report = await sending;
        await Eventually.True(async () => await relay.SpooledAsync() == 0, "the spool is empty", 120);

        var told = hub.Messages.Select(message => ReportedId(message.Content)).ToList();
        var once = told.ToHashSet(StringComparer.Ordinal);
        var lost = report.Acknowledged.Count(id => !once.Contains(id));
        output.WriteLine($"notifications: {Kills} kills, {report.Acknowledged.Count} acknowledged, {lost} lost, {told.Count - once.Count} duplicates");
        Assert.All(hub.Messages, message => Assert.StartsWith("MAIL FROM:<>", message.Mail, StringComparison.Ordinal));
        Assert.Equal(0, lost);
        Assert.InRange(told.Count - once.Count, 0, Kills * HubConnections);
    }

    [Fact]
    public async Task A_second_relay_on_the_same_spool_is_refused_and_the_first_goes_on()
    {
        await using var hub = await SinkProcess.StartAsync();
        await using var relay = await RelayProcess.StartAsync([hub.Port], spec: Spec("StoreAndForward"));

        await using var second = ChildProcess.Start(
            "dotnet", Repository.Relay, "run", "--pool", relay.PoolFile, "--admin", $"127.0.0.1:{FreePort.Next()}", "--spool", relay.SpoolFolder);

        Assert.NotEqual(0, await second.ExitAsync());
        Assert.Contains(second.Output, line => line.Contains("in use by another process", StringComparison.Ordinal));
        var report = await new LoadClient(relay.Address, 2).SendAsync(20);
        Assert.Equal(20, report.Acknowledged.Count);
    }

    private static string ReportedId(string notification)
    {
        const string Field = "X-Test-Id: ";
        var at = notification.IndexOf(Field, StringComparison.Ordinal) + Field.Length;
        return notification[at..notification.IndexOf('\r', at)];
    }

    private static string Spec(string mode) => $"  delivery: {{ mode: {mode}, retrySeconds: [1] }}\n  spool: {{ storage: {{ size: 1Gi }} }}";
}
