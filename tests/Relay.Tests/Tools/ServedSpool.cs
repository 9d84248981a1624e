using System.Globalization;
using System.Net;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using RelayOperator.Api;
using RelayOperator.Relay.Routing;
using RelayOperator.Relay.Spool;
using RelayOperator.Relay.Spool.Postgres;
using RelayOperator.Relay.Spool.Sqlite;
using RelayOperator.Relay.Tools;
using RelayOperator.Relay.Tracking;
using RelayOperator.TestKit;
using Xunit;

namespace RelayOperator.Relay.Tests.Tools;

/// <summary>A spool that the queue tools are served for, and nobody sends from: mail stays as a test puts it there.</summary>
public sealed class ServedSpool : IAsyncDisposable
{
    private readonly TempFolder _folder = new();
    private readonly ISpool _spool;
    private readonly TrackingLog _tracking;
    private QueueServer? _server;
    private long _last = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds() << 21;

    private ServedSpool(PostgresAddress? database)
    {
        _spool = database is null
            ? new SqliteSpool(_folder.File("spool"), TimeProvider.System, NullLogger.Instance, static _ => { }, static _ => { })
            : new PostgresSpool(database, TimeProvider.System, NullLogger.Instance, static _ => { }, static _ => { });
        _tracking = new TrackingLog(Events, "corp", "", TimeProvider.System, NullLogger<TrackingLog>.Instance);
    }

    public ISpool Spool => _spool;

    public string Socket => _folder.File("relay.sock");

    /// <summary>What message tracking was told.</summary>
    public TrackedLines Events { get; } = new();

    /// <summary>A folder for exports.</summary>
    public string Exports => _folder.File("exports");

    /// <param name="database">A database to hold the spool; null for a file.</param>
    public static async Task<ServedSpool> StartAsync(PostgresAddress? database = null)
    {
        var served = new ServedSpool(database);
        Assert.Null(await served._spool.OpenAsync(CancellationToken.None));
        var door = new SpoolDoor(served._spool, new RetrySchedule([60], TimeProvider.System, new Random(1)), TimeProvider.System, NullLogger<SpoolDoor>.Instance);
        var routes = new RouteTable([(new Route("default", [], new WaitingLine()), []), (new Route("partners", [], new WaitingLine()), ["partner.test"])]);
        (served._server, var refusal) = await QueueServer.StartAsync(
            served.Socket, door, new QueueImporter(door, () => routes, served._tracking, NullLogger.Instance), served._tracking, NullLoggerFactory.Instance);
        Assert.Null(refusal);
        return served;
    }

    /// <summary>Adds a message that waits; its id.</summary>
    public async Task<string> AddAsync(
        string sender = "a@from.test", string recipient = "b@to.test", string route = "default", RecipientState state = RecipientState.Waiting, TimeSpan age = default, string body = "Subject: x\r\n\r\nHello\r\n")
    {
        var id = new SpoolId(Interlocked.Add(ref _last, 1 << 15));
        var now = TimeProvider.System.GetUtcNow();
        var wire = Encoding.Latin1.GetBytes(body);
        var message = new SpoolMessage
        {
            Id = id,
            ReceivedAt = now - age,
            Mail = $"FROM:<{sender}> RET=HDRS",
            Client = IPAddress.Parse("10.20.0.7"),
            Helo = "erp",
            Protocol = "ESMTP",
            Listener = "smtp",
            MessageId = "<1@erp.test>",
            ContentBytes = wire.Length,
            WireBytes = wire.Length,
            Chunks = 1,
            BodyChecksum = BodyChecksum.Append(0, BodyChecksum.Of(wire)),
            Recipients = 1,
        };
        var to = new SpoolRecipient
        {
            Number = 0, Rcpt = $"TO:<{recipient}> NOTIFY=NEVER", Domain = recipient[(recipient.IndexOf('@', StringComparison.Ordinal) + 1)..], Route = route, State = state, Due = now,
            Attempts = 2, LastHub = "ht1", LastReply = "450 4.2.0 later", LastAttempt = now,
        };
        Assert.Equal(SpoolOutcome.Done, (await _spool.AddAsync(new NewMessage(message, [to], wire), keepClaim: false)).Outcome);
        return id.ToString();
    }

    public async Task AddManyAsync(int count) =>
        await Task.WhenAll(Enumerable.Range(0, count).Select(i => AddAsync(string.Create(CultureInfo.InvariantCulture, $"a{i}@from.test"))));

    public async Task<RecipientState?> StateAsync(string id) => (await _spool.FindAsync(SpoolId.Parse(id)))?.Recipients[0].State;

    public Task<ToolRun> RunAsync(params IEnumerable<string> arguments) => ToolRun.StartAsync(Socket, arguments);

    public async ValueTask DisposeAsync()
    {
        await _server!.DisposeAsync();
        await _spool.DisposeAsync();
        await _tracking.DisposeAsync();
        _folder.Dispose();
    }
}
