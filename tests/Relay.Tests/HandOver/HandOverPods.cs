using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using RelayOperator.Api.Config;
using RelayOperator.Relay.Server;
using RelayOperator.Relay.Spool;
using RelayOperator.Relay.Spool.Sqlite;
using RelayOperator.Relay.Tests.Spool;
using RelayOperator.TestKit;
using Xunit;

namespace RelayOperator.Relay.Tests.HandOver;

/// <summary>Pods of one pool, each with a spool of its own, in front of one hub that can be away.</summary>
public sealed class HandOverPods : IAsyncDisposable
{
    private readonly TestAuthority _authority = new();
    private readonly List<SpoolRelay> _pods = [];
    private readonly (string Certificate, string Key) _key;
    private readonly int _hubPort;
    private readonly ScriptedHub _gone;
    private ScriptedHub? _hub;
    private long _sequence = 1;

    private HandOverPods()
    {
        _key = _authority.IssuePem("pool");
        _hubPort = FreePort.Next();
        _gone = new ScriptedHub(_hubPort);
    }

    public SpoolRelay this[int pod] => _pods[pod];

    public static async Task<HandOverPods> StartAsync(int count)
    {
        var pods = new HandOverPods();
        for (var i = 0; i < count; i++)
        {
            pods._pods.Add(await SpoolRelay.StartAsync([pods._gone]));
        }

        await pods._gone.DisposeAsync();
        for (var i = 0; i < count; i++)
        {
            await pods.StayAsync(i);
        }

        return pods;
    }

    /// <summary>The hub is there again.</summary>
    public ScriptedHub HubReturns() => _hub = new ScriptedHub(_hubPort);

    public async Task HubGoesAsync()
    {
        await _hub!.DisposeAsync();
        _hub = null;
    }

    /// <summary>A pod is to stay.</summary>
    public Task StayAsync(int pod) => AssignAsync(pod, draining: false, Key());

    /// <summary>A pod is to go, and others are its peers.</summary>
    public Task LeaveAsync(int pod, params int[] peers) =>
        LeaveAsync(pod, Key(peers.ToImmutableSortedDictionary(NameOf, peer => $"127.0.0.1:{_pods[peer].Relay.Host.HandOverPort}", StringComparer.Ordinal)));

    public Task LeaveAsync(int pod, HandOverConfig handOver) => AssignAsync(pod, draining: true, handOver);

    /// <summary>The pool's key, with some peers.</summary>
    public HandOverConfig Key(ImmutableSortedDictionary<string, string>? peers = null) => new(_key.Certificate, _key.Key, peers ?? ImmutableSortedDictionary<string, string>.Empty);

    /// <summary>Somebody else's key, with the same peers.</summary>
    public HandOverConfig OtherKey(HandOverConfig like)
    {
        var (certificate, key) = _authority.IssuePem("pool");
        return like with { CertificatePem = certificate, KeyPem = key };
    }

    public Task EmptyAsync(int pod) => Eventually.True(() => _pods[pod].Spool.Messages == 0, $"{NameOf(pod)} has handed over all", 20);

    /// <summary>Puts messages into the spool of a pod that does not run at that moment.</summary>
    public async Task PutAsync(int pod, IReadOnlyList<NewMessage> messages)
    {
        await _pods[pod].StopAsync();
        await using (var spool = new SqliteSpool(_pods[pod].Folder, TimeProvider.System, NullLogger.Instance, static _ => { }, static _ => { }))
        {
            Assert.Null(await spool.OpenAsync(CancellationToken.None));
            foreach (var message in messages)
            {
                Assert.Equal(SpoolOutcome.Done, (await spool.AddAsync(message, keepClaim: false)).Outcome);
            }
        }

        await _pods[pod].RestartAsync();
        await StayAsync(pod);
    }

    /// <summary>A message with one recipient in some state, tried once.</summary>
    public static NewMessage Message(int number, RecipientState state, string body = "Subject: x\r\n\r\nHello\r\n")
    {
        var now = DateTimeOffset.FromUnixTimeMilliseconds(TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds());
        var wire = Encoding.Latin1.GetBytes(body);
        var message = new SpoolMessage
        {
            Id = new SpoolId((now.ToUnixTimeMilliseconds() << 21) + number),
            ReceivedAt = now,
            Mail = "FROM:<a@from.test> RET=HDRS",
            Client = IPAddress.Parse("10.20.0.7"),
            Helo = "erp",
            Protocol = "ESMTP",
            Listener = "smtp",
            ContentBytes = wire.Length,
            WireBytes = wire.Length,
            Chunks = 1,
            BodyChecksum = BodyChecksum.Append(0, BodyChecksum.Of(wire)),
            Recipients = 1,
        };
        var recipient = new SpoolRecipient
        {
            Number = 3, Rcpt = "TO:<b@to.test> NOTIFY=FAILURE", Domain = "to.test", Route = "default", State = state, Due = now,
            Attempts = 1, LastHub = "ht1", LastReply = "450 4.2.0 later", LastAttempt = now,
        };
        return new NewMessage(message, [recipient], wire) { Attempts = [new AttemptNote(now, "default", "ht1", "450 4.2.0 later", [3])] };
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var pod in _pods)
        {
            await pod.DisposeAsync();
        }

        await (_hub?.DisposeAsync() ?? default);
        _authority.Dispose();
    }

    private static string NameOf(int pod) => string.Create(CultureInfo.InvariantCulture, $"corp-{pod}");

    private async Task AssignAsync(int pod, bool draining, HandOverConfig handOver) => Assert.Null(await _pods[pod].Relay.Host.ApplyAsync(
        _pods[pod].Relay.Config, new PodAssignment(NameOf(pod), $"uid-{pod}", Interlocked.Increment(ref _sequence), draining) { HandOver = handOver }));
}
