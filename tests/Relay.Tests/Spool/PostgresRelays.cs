using System.Net;
using System.Text;
using RelayOperator.Api;
using RelayOperator.Relay.Spool;
using RelayOperator.Relay.Spool.Postgres;
using RelayOperator.TestKit;
using Xunit;

namespace RelayOperator.Relay.Tests.Spool;

/// <summary>Relays that share one database, with leases that are short enough to be waited for.</summary>
internal sealed class PostgresRelays(PostgresServer server, string uri) : IAsyncDisposable
{
    /// <summary>Short, and yet longer than a busy machine keeps a relay from renewing it.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(3);

    private static long _lastId = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds() << 21;

    private readonly List<PostgresSpool> _spools = [];

    public PostgresServer Server => server;

    public string Database => uri[(uri.LastIndexOf('/') + 1)..];

    public LineLoggerFactory Log { get; } = new();

    /// <summary>Messages that were said to come twice, possibly.</summary>
    public int PossibleDuplicates;

    public static async Task<PostgresRelays> ShareAsync(PostgresServer? server = null)
    {
        server ??= await PostgresServer.SharedAsync();
        return new PostgresRelays(server, await server.CreateDatabaseAsync());
    }

    /// <summary>A relay that has opened the database, by way of a line where one is given.</summary>
    public async Task<PostgresSpool> OpenAsync(TcpLine? line = null, TimeSpan? lease = null, string? login = null)
    {
        var address = line is null ? uri : server.Uri(Database, line.Port);
        var spool = Create(login is null ? address : address.Replace("postgres@", $"{login}@", StringComparison.Ordinal), lease);
        Assert.Null(await spool.OpenAsync(TestContext.Current.CancellationToken));
        return spool;
    }

    /// <summary>Says why it cannot be opened.</summary>
    public async Task<string?> RefusalAsync(PostgresSchema? schema = null) =>
        await Create(uri, null, schema).OpenAsync(TestContext.Current.CancellationToken);

    public Task<object?> AskAsync(string sql) => server.ExecuteAsync(sql, Database);

    public static NewMessage Message(string text, string recipient = "a@x.example", string route = "default") => Message(Encoding.ASCII.GetBytes(text), recipient, route);

    public static Settlement Delivered(SpoolClaim claim) => new(claim, [.. claim.Recipients.Select(one => new RecipientResult(one.Number, null))]);

    /// <summary>All that lies in the database.</summary>
    public static async Task<List<SpoolId>> AllAsync(ISpool spool)
    {
        List<SpoolId> all = [];
        while (await spool.ListAsync(new QueueFilter(), all.LastOrDefault(), 1000) is { Count: > 0 } entries)
        {
            all.AddRange(entries.Select(entry => entry.Message.Id));
        }

        return all;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var spool in _spools)
        {
            await spool.DisposeAsync();
        }
    }

    private PostgresSpool Create(string address, TimeSpan? lease, PostgresSchema? schema = null)
    {
        var spool = new PostgresSpool(
            PostgresAddress.Parse(address, out _)!,
            TimeProvider.System,
            Log.CreateLogger("spool"),
            static _ => { },
            count => Interlocked.Add(ref PossibleDuplicates, count),
            schema ?? PostgresSchema.Current,
            lease ?? Lease);
        _spools.Add(spool);
        return spool;
    }

    private static NewMessage Message(byte[] body, string recipient, string route)
    {
        var now = DateTimeOffset.FromUnixTimeMilliseconds(TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds());
        return new NewMessage(
            new SpoolMessage
            {
                Id = new SpoolId(Interlocked.Increment(ref _lastId)),
                ReceivedAt = now,
                Mail = "FROM:<s@x.example>",
                Client = IPAddress.Parse("10.1.2.3"),
                Helo = "client.example",
                Protocol = "ESMTP",
                Listener = "smtp",
                ContentBytes = body.Length,
                WireBytes = body.Length,
                Chunks = 1,
                BodyChecksum = BodyChecksum.Append(0, BodyChecksum.Of(body)),
                Recipients = 1,
            },
            [new SpoolRecipient { Number = 0, Rcpt = $"TO:<{recipient}>", Domain = recipient.Split('@')[1], Route = route, Due = now }],
            body);
    }
}
