using System.Globalization;
using System.Net.Sockets;
using RelayOperator.Api.Config;
using RelayOperator.Relay.Hubs;
using RelayOperator.TestKit;
using Xunit;

namespace RelayOperator.Relay.Tests.Spool;

/// <summary>
/// Hubs that answer at random, recipient by recipient. Whoever was told 250 has to get the message in the end, or its sender
/// a notification about exactly that recipient. CI takes few transactions; RELAY_TEST_CHAOS says another number.
/// </summary>
public sealed class RecipientChaosTests
{
    private const int Clients = 4;

    private static readonly int Transactions = int.Parse(Environment.GetEnvironmentVariable("RELAY_TEST_CHAOS") ?? "120", CultureInfo.InvariantCulture);

    [Theory]
    [InlineData(DeliveryMode.CutThrough)]
    [InlineData(DeliveryMode.StoreAndForward)]
    public async Task Whoever_was_told_250_is_reached_or_reported(DeliveryMode mode)
    {
        var seed = new Random().Next();
        var random = new Random(seed);
        var chaos = true;
        List<ScriptedHub> hubs = [];
        for (var i = 0; i < 3; i++)
        {
            hubs.Add(new ScriptedHub());
        }

        foreach (var hub in hubs)
        {
            hub.On("MAIL", _ => Pick(90, "451 4.3.0 not now", "421 4.3.2 closing", HubAct.Close))
                .On("RCPT", line => line.Contains("a@from.test", StringComparison.Ordinal)
                    ? null
                    : Pick(70, "450 4.2.1 busy", "550 5.1.1 unknown", "452 4.5.3 too many", "451 4.7.0 later", "550 5.7.1 not here", "421 4.3.2 closing", HubAct.Reset))
                .On("DATA", _ => Pick(90, "451 4.3.0 not now", "421 4.3.2 closing", HubAct.Close))
                .On("DOT", _ => Pick(80, "451 4.3.0 not now", "452 4.3.1 full", "421 4.3.2 closing", HubAct.Close, HubAct.Reset));
        }

        // Hubs that fail so often have few places: whoever waits for one is left to the spool soon.
        await using var relay = await SpoolRelay.StartAsync(
            hubs,
            config => config with { Delivery = config.Delivery with { Mode = mode } },
            new HubTimeouts { Doubt = TimeSpan.FromSeconds(0.3), Patience = TimeSpan.FromSeconds(1) });
        List<string> acknowledged = [];
        var next = 0;
        await Task.WhenAll(Enumerable.Range(0, Clients).Select(_ => Task.Run(async () =>
        {
            while (Interlocked.Increment(ref next) is var number && number <= Transactions)
            {
                string[] recipients = [.. Enumerable.Range(0, 1 + (number % 6)).Select(i => string.Create(CultureInfo.InvariantCulture, $"r{number}-{i}-@to.test"))];
                string[] answers;
                try
                {
                    answers = await relay.SendAsync(recipients: recipients);
                }
                catch (SocketException e)
                {
                    throw new InvalidOperationException($"the relay ended a session (seed {seed}): {string.Join('\n', relay.Log.Lines.TakeLast(40))}", e);
                }

                if (answers.Length == recipients.Length + 1 && answers[^1].StartsWith("250", StringComparison.Ordinal))
                {
                    lock (acknowledged)
                    {
                        acknowledged.AddRange(recipients.Where((_, i) => answers[i].StartsWith("250", StringComparison.Ordinal)));
                    }
                }
            }
        })));

        chaos = false;
        await Eventually.True(() => relay.Spool.Messages == 0, $"the spool is empty (seed {seed})", 90);
        var all = string.Join('\n', hubs.SelectMany(hub => hub.Messages).Select(message => message.Mail.StartsWith("MAIL FROM:<>", StringComparison.Ordinal) ? message.Content : string.Join('\n', message.Recipients)));
        Assert.NotEmpty(acknowledged);
        Assert.Empty(acknowledged.Where(recipient => !all.Contains(recipient, StringComparison.Ordinal)).Select(recipient => $"{recipient} (seed {seed})"));
        foreach (var hub in hubs)
        {
            await hub.DisposeAsync();
        }

        HubAct? Pick(int percentGood, params ReadOnlySpan<HubAct> otherwise)
        {
            lock (random)
            {
                return !Volatile.Read(ref chaos) || random.Next(100) < percentGood ? null : otherwise[random.Next(otherwise.Length)];
            }
        }
    }
}
