using System.Globalization;
using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using RelayOperator.Relay.Spool;
using RelayOperator.Relay.Spool.Sqlite;
using RelayOperator.TestKit;
using Xunit;

namespace RelayOperator.Relay.Tests.Spool;

/// <summary>Space comes back: CI sends 200,000 messages through a spool, the soak ten million (RELAY_TEST_SPACE).</summary>
public sealed class SqliteSpaceTests : IDisposable
{
    private const int Writers = 64;
    private const int BacklogOfEach = 16;
    private const int BodyBytes = 2048;

    private static readonly int Messages = int.Parse(Environment.GetEnvironmentVariable("RELAY_TEST_SPACE") ?? "200000", CultureInfo.InvariantCulture);

    private readonly TempFolder _folder = new();
    private readonly byte[] _body = new byte[BodyBytes];
    private long _lastId = 1L << 40;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_files_are_bounded_by_the_largest_backlog_and_not_by_what_went_through()
    {
        await using (var spool = new SqliteSpool(_folder.Path, TimeProvider.System, NullLogger.Instance, static _ => { }, static _ => { }))
        {
            Assert.Null(await spool.OpenAsync(TestContext.Current.CancellationToken));
            await Task.WhenAll(Enumerable.Range(0, Writers).Select(_ => Task.Run(() => PassAsync(spool, Messages / Writers))));
            Assert.Equal(0, spool.Statistics.Messages);
        }

        // Four pages a message at the most, and the journal's limit.
        var bytes = new DirectoryInfo(_folder.Path).EnumerateFiles("spool.db*").Sum(file => file.Length);
        Assert.InRange(bytes, 0, (Writers * BacklogOfEach * 4L * 4096) + (64 << 20));
    }

    private async Task PassAsync(SqliteSpool spool, int count)
    {
        var backlog = new Queue<SpoolClaim>();
        for (var i = 0; i < count + BacklogOfEach; i++)
        {
            if (i < count)
            {
                var (outcome, claim) = await spool.AddAsync(Message(), keepClaim: true);
                Assert.Equal(SpoolOutcome.Done, outcome);
                backlog.Enqueue(claim!);
            }

            if (backlog.Count > (i < count ? BacklogOfEach : 0))
            {
                var done = backlog.Dequeue();
                Assert.Equal(SpoolOutcome.Done, await spool.SettleAsync(new Settlement(done, [new RecipientResult(0, null)])));
            }
        }
    }

    private NewMessage Message() => new(
        new SpoolMessage
        {
            Id = new SpoolId(Interlocked.Increment(ref _lastId)),
            ReceivedAt = DateTimeOffset.UnixEpoch,
            Mail = "FROM:<a@x.example>",
            Client = IPAddress.Loopback,
            Helo = "client.example",
            Protocol = "ESMTP",
            Listener = "smtp",
            ContentBytes = BodyBytes,
            WireBytes = BodyBytes,
            Chunks = 1,
            BodyChecksum = BodyChecksum.Append(0, BodyChecksum.Of(_body)),
            Recipients = 1,
        },
        [new SpoolRecipient { Number = 0, Rcpt = "TO:<b@x.example>", Domain = "x.example", Route = "default", Due = DateTimeOffset.UnixEpoch }],
        _body);
}
