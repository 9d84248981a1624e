using RelayOperator.Api.Config;
using RelayOperator.Relay.Admin;
using RelayOperator.Relay.Hubs;
using RelayOperator.TestKit;

namespace RelayOperator.Relay.Tests.Spool;

/// <summary>A relay with a spool that tries again within a second, and can be ended and started anew on the same folder.</summary>
public sealed class SpoolRelay : IAsyncDisposable
{
    private readonly TempFolder _folder = new();
    private readonly List<ScriptedHub> _hubs;
    private readonly Func<PoolConfig, PoolConfig> _change;
    private readonly HubTimeouts _timeouts;
    private TestRelay? _relay;

    private SpoolRelay(IEnumerable<ScriptedHub> hubs, Func<PoolConfig, PoolConfig>? change, HubTimeouts? timeouts) =>
        (_hubs, _change, _timeouts) = ([.. hubs], change ?? (config => config), timeouts ?? new HubTimeouts { Doubt = TimeSpan.FromSeconds(0.3) });

    public TestRelay Relay => _relay!;

    public string Folder => _folder.Path;

    public LineLoggerFactory Log { get; } = new();

    public SpoolStatus Spool => Relay.Status.Spool!;

    public static async Task<SpoolRelay> StartAsync(IEnumerable<ScriptedHub> hubs, Func<PoolConfig, PoolConfig>? change = null, HubTimeouts? timeouts = null)
    {
        var relay = new SpoolRelay(hubs, change, timeouts);
        await relay.StartAsync();
        return relay;
    }

    /// <summary>Ends the relay; its spool stays.</summary>
    public async Task StopAsync()
    {
        await (_relay?.DisposeAsync() ?? default);
        _relay = null;
    }

    /// <summary>Ends the relay and starts another one on the same spool.</summary>
    public async Task RestartAsync()
    {
        await StopAsync();
        await StartAsync();
    }

    /// <summary>Sends a message; the answers to its recipients and to its end.</summary>
    public async Task<string[]> SendAsync(string body = "Subject: x\r\n\r\nHello\r\n", string mail = "MAIL FROM:<a@from.test>", params string[] recipients)
    {
        using var client = await Relay.GreetAsync();
        await client.AskAsync(mail);
        List<string> answers = [];
        foreach (var recipient in recipients.Length == 0 ? ["b@to.test"] : recipients)
        {
            answers.Add(await client.AskAsync(recipient.Contains('<', StringComparison.Ordinal) ? $"RCPT TO:{recipient}" : $"RCPT TO:<{recipient}>"));
        }

        var begun = await client.AskAsync("DATA");
        if (!begun.StartsWith("354", StringComparison.Ordinal))
        {
            return [.. answers, begun];
        }

        await client.SendAsync($"{body}.\r\n");
        return [.. answers, await client.ReplyAsync()];
    }

    public Task EmptyAsync() => Eventually.True(() => Spool.Messages == 0, "the spool is empty", 20);

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _folder.Dispose();
    }

    private async Task StartAsync() => _relay = await TestRelay.StartAsync(
        _hubs,
        config => _change(config with
        {
            Delivery = config.Delivery with { RetrySeconds = [1] },
            Health = config.Health with { Probe = config.Health.Probe with { IntervalSeconds = 1, Successes = 1 }, Ejection = new EjectionConfig(3, 1, 2) },
        }),
        _timeouts,
        Log,
        spoolFolder: _folder.Path);
}
