using System.Net;
using System.Text;
using Microsoft.Data.Sqlite;
using RelayOperator.Relay.Spool;
using RelayOperator.Relay.Spool.Sqlite;
using RelayOperator.TestKit;
using Xunit;

namespace RelayOperator.Relay.Tests.Spool;

/// <summary>Files that are not what they were.</summary>
public sealed class SqliteFaultTests : IDisposable
{
    private const int Messages = 300;

    private readonly TempFolder _folder = new();
    private readonly LineLogger<SqliteSpool> _log = new();
    private readonly List<SpoolId> _ids = [];

    private string Database => _folder.File("spool.db");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_flipped_bit_in_a_body_sets_that_message_aside_and_no_other()
    {
        await FillAsync();
        Flip("body of message 150 ");

        await using var spool = await OpenAsync();
        var claimed = await ClaimAllAsync(spool);

        await Eventually.True(() => spool.Statistics.ByState[(int)RecipientState.Damaged] == 1, "it is known to be damaged");
        Assert.Equal(Messages - 1, claimed.Count);
        Assert.DoesNotContain(_ids[150], claimed);
        Assert.Equal(RecipientState.Damaged, (await spool.FindAsync(_ids[150]))!.Recipients[0].State);
    }

    [Fact]
    public async Task A_flipped_bit_in_an_address_sends_nothing_to_the_wrong_one()
    {
        await FillAsync();
        Flip("TO:<rcpt150@");

        await using var spool = await OpenAsync();

        Assert.DoesNotContain(_ids[150], await ClaimAllAsync(spool));
    }

    [Fact]
    public async Task A_truncated_file_is_salvaged_and_what_is_lost_is_listed()
    {
        await FillAsync();
        using (var file = File.OpenWrite(Database))
        {
            file.SetLength(file.Length * 6 / 10 / 4096 * 4096);
        }

        // Whose every trace was cut off cannot be named.
        await SalvagedAsync(Messages / 4, named: false);
    }

    [Theory]
    [InlineData(40, Messages * 8 / 10)]
    [InlineData(90, Messages * 8 / 10)]
    [InlineData(1, 0)] // the root of all envelopes: nothing verifies, and all of it is listed
    public async Task A_page_that_was_overwritten_is_jumped_over(int page, int saved)
    {
        await FillAsync();
        using (var file = File.OpenWrite(Database))
        {
            file.Position = page * 4096L;
            file.Write(Encoding.ASCII.GetBytes(new string('x', 4096)));
        }

        await SalvagedAsync(saved);
    }

    [Fact]
    public async Task A_file_that_is_no_database_any_more_is_put_aside_and_a_new_one_begun()
    {
        await FillAsync();
        await File.WriteAllTextAsync(Database, new string('x', 100_000), TestContext.Current.CancellationToken);

        await using var spool = await OpenAsync();

        Assert.Equal(0, spool.Statistics.Messages);
        Assert.Equal(new string('x', 100_000), await File.ReadAllTextAsync(Path.Combine(Aside, "spool.db"), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_salvage_that_was_cut_off_before_its_last_step_is_finished()
    {
        await FillAsync();
        File.Move(Database, _folder.File("salvaged.db"));

        await using var spool = await OpenAsync();

        Assert.Equal(Messages, spool.Statistics.Messages);
    }

    [Fact]
    public async Task A_file_of_a_later_relay_is_left_alone()
    {
        await FillAsync();
        Execute("PRAGMA user_version=99");

        await using var spool = Spool();
        Assert.Contains("run the relay that wrote it, or a later one", await spool.OpenAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Execute($"PRAGMA user_version={SqliteSchema.Current.Steps.Length}");
        await using var again = await OpenAsync();
        Assert.Equal(Messages, again.Statistics.Messages);
    }

    [Fact]
    public async Task A_file_of_another_program_is_left_alone()
    {
        Execute("CREATE TABLE theirs(a)");

        await using var spool = Spool();

        Assert.Contains("some other program", await spool.OpenAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_migration_that_is_cut_off_leaves_the_version_before_and_is_done_by_the_next_relay()
    {
        await FillAsync();
        var first = SqliteSchema.Current.Steps;
        await using (var cutOff = Spool(new SqliteSchema([.. first, "CREATE TABLE later(a);INSERT INTO later VALUES(1);INSERT INTO nowhere VALUES(1)"])))
        {
            Assert.NotNull(await cutOff.OpenAsync(TestContext.Current.CancellationToken));
        }

        await using (var before = await OpenAsync())
        {
            Assert.Equal(Messages, before.Statistics.Messages);
        }

        await using var after = Spool(new SqliteSchema([.. first, "CREATE TABLE later(a);INSERT INTO later VALUES(1)"]));
        Assert.Null(await after.OpenAsync(TestContext.Current.CancellationToken));
        Assert.Equal(Messages, (await ClaimAllAsync(after)).Count);
    }

    [Fact]
    public async Task A_file_of_the_first_version_is_brought_up_and_keeps_its_mail()
    {
        await FillAsync();
        Execute("DROP TABLE handed;PRAGMA user_version=1");

        await using var spool = await OpenAsync();

        Assert.Equal(Messages, spool.Statistics.Messages);
        Assert.Equal(Messages, (await ClaimAllAsync(spool)).Count);
    }

    [Fact]
    public async Task A_folder_is_used_by_one_process_at_a_time()
    {
        await using var first = await OpenAsync();
        await using var second = Spool();

        Assert.Contains("in use by another process", await second.OpenAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Chunks_without_a_message_go_with_the_process_that_wrote_them()
    {
        var id = new SpoolId(12345);
        await using (var spool = await OpenAsync())
        {
            await spool.AppendAsync(id, 0, new byte[1000]);
        }

        await using var next = await OpenAsync();
        Assert.Equal(SpoolOutcome.Done, await next.AppendAsync(id, 0, new byte[1000]));
    }

    // Whatever verifies is there and is sent; the rest is listed, and the damaged file is kept.
    private async Task SalvagedAsync(int atLeast, bool named = true)
    {
        await using var spool = await OpenAsync();
        HashSet<SpoolId> claimed = [];
        await Eventually.True(
            async () =>
            {
                claimed.UnionWith(await ClaimAllAsync(spool));
                return spool.Health.IsGood && Directory.EnumerateDirectories(_folder.Path, "damaged-*").Any() && claimed.Count >= spool.Statistics.ByState[0];
            },
            "the spool was salvaged",
            20);

        var lost = File.Exists(Path.Combine(Aside, "lost.txt")) ? await File.ReadAllLinesAsync(Path.Combine(Aside, "lost.txt"), TestContext.Current.CancellationToken) : [];
        var gone = _ids.Where(id => !claimed.Contains(id)).ToList();
        Assert.True(claimed.Count >= atLeast, $"{claimed.Count} saved; {lost.FirstOrDefault()}");
        Assert.All(named ? gone : [], id => Assert.Contains(lost, line => line.StartsWith(id.ToString(), StringComparison.Ordinal)));
        Assert.Equal(gone.Count == 0, lost.Length == 0);
        Assert.Equal(SpoolOutcome.Done, (await spool.AddAsync(Message(Messages + 1), keepClaim: false)).Outcome);
    }

    private string Aside => Assert.Single(Directory.GetDirectories(_folder.Path, "damaged-*"));

    private SqliteSpool Spool(SqliteSchema? schema = null) => new(_folder.Path, TimeProvider.System, _log, static _ => { }, static _ => { }, schema ?? SqliteSchema.Current);

    private async Task<SqliteSpool> OpenAsync()
    {
        var spool = Spool();
        Assert.Null(await spool.OpenAsync(TestContext.Current.CancellationToken));
        return spool;
    }

    private async Task FillAsync()
    {
        await using var spool = await OpenAsync();
        for (var i = 0; i < Messages; i++)
        {
            var message = Message(i);
            _ids.Add(message.Message.Id);
            Assert.Equal(SpoolOutcome.Done, (await spool.AddAsync(message, keepClaim: false)).Outcome);
        }
    }

    private static async Task<List<SpoolId>> ClaimAllAsync(SqliteSpool spool)
    {
        List<SpoolId> ids = [];
        while (await spool.ClaimAsync("default", 100) is { Count: > 0 } claims)
        {
            ids.AddRange(claims.Select(claim => claim.Message.Id));
        }

        return ids;
    }

    private static NewMessage Message(int number)
    {
        var body = Encoding.ASCII.GetBytes($"body of message {number} {new string('b', 1500)}");
        return new NewMessage(
            new SpoolMessage
            {
                Id = new SpoolId((1_000_000L + number) << 21),
                ReceivedAt = DateTimeOffset.UnixEpoch,
                Mail = $"FROM:<s{number}@x.example>",
                Client = IPAddress.Loopback,
                Helo = "client.example",
                Protocol = "ESMTP",
                Listener = "smtp",
                ContentBytes = body.Length,
                WireBytes = body.Length,
                Chunks = 1,
                BodyChecksum = BodyChecksum.Append(0, BodyChecksum.Of(body)),
                Recipients = 1,
            },
            [new SpoolRecipient { Number = 0, Rcpt = $"TO:<rcpt{number}@x.example>", Domain = "x.example", Route = "default", Due = DateTimeOffset.UnixEpoch }],
            body);
    }

    private void Flip(string text)
    {
        var bytes = File.ReadAllBytes(Database);
        var at = bytes.AsSpan().IndexOf(Encoding.ASCII.GetBytes(text));
        Assert.True(at > 0);
        bytes[at + 4] ^= 1;
        File.WriteAllBytes(Database, bytes);
    }

    private void Execute(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={Database};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
