using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using CsCheck;
using RelayOperator.Relay.Tests.Authentication;
using RelayOperator.Relay.Tests.Smtp;
using RelayOperator.TestKit;
using Xunit;

namespace RelayOperator.Relay.Tests.Fuzz;

/// <summary>Whole sessions over sockets, several at a time, cut into random pieces.</summary>
public sealed class SessionProperties : IAsyncLifetime
{
    private static readonly Gen<string> Content = Fuzzing.Soup(
        25, "\r\n", "\r\n", "\r\n.", ".", "..", "text", "MAIL FROM:<x@y.test>\r\n", "QUIT\r\n", "RSET\r\n", "BDAT 0 LAST\r\n", "\u00ff", new string('x', 3000)).Select(text => $"S: x\r\n\r\n{text}\r\n");

    // Some octets whole, then a few small pieces, then the rest; now and then all of it in such pieces, which takes far longer.
    private static readonly Gen<int[]> Pieces = Gen.Frequency(
        (60, Gen.Select(Gen.Int[1, 4000], Fuzzing.Pieces(400), (before, few) => (int[])[before, .. few, int.MaxValue])),
        (1, Fuzzing.Pieces(400)));

    // The same for chunks.
    private static readonly Gen<int[]> Chunks = Gen.Frequency(
        (20, Fuzzing.Pieces(1200).Select(few => (int[])[.. few, int.MaxValue])),
        (1, Fuzzing.Pieces(1200)));

    private static readonly Gen<string> Login = Gen.Frequency(
        (30, Gen.Const("")),
        (1, Gen.OneOf(
            $"AUTH PLAIN {Base64($"\0tim\0{TestUsers.Password}")}\r\n",
            $"AUTH PLAIN\r\n{Base64($"tim\0tim\0{TestUsers.Password}")}\r\n",
            $"AUTH LOGIN\r\n{Base64("tim")}\r\n{Base64(TestUsers.Password)}\r\n")));

    private readonly ScriptedHub _hub = new();
    private readonly ConcurrentDictionary<string, ConcurrentQueue<HubMessage>> _taken = new(StringComparer.Ordinal);
    private TestRelay _relay = null!;
    private int _sessions;

    public async ValueTask InitializeAsync() => _relay = await TestRelay.StartAsync(
        [_hub], config => config with { Listeners = [config.Listeners[0] with { Auth = TestUsers.Config($"tim:{TestUsers.Bcrypt}") }] });

    public async ValueTask DisposeAsync()
    {
        await _relay.DisposeAsync();
        await _hub.DisposeAsync();
    }

    [Fact]
    public async Task Each_message_arrives_once_octet_by_octet_under_its_own_envelope()
    {
        await Fuzzing.RunAsync(
            Gen.Select(Gen.Select(Content, Gen.Bool, Chunks).Array[1, 4], Login, Pieces),
            async input =>
            {
                var (messages, login, pieces) = input;
                var id = Interlocked.Increment(ref _sessions);
                var session = new StringBuilder($"EHLO client.test\r\n{login}");
                for (var i = 0; i < messages.Length; i++)
                {
                    session.Append(CultureInfo.InvariantCulture, $"MAIL FROM:<m{i}@s{id}.test> BODY=8BITMIME\r\nRCPT TO:<r{i}@s{id}.test>\r\n");
                    Append(session, messages[i].Item1, messages[i].Item2, messages[i].Item3);
                }

                await RunAsync($"{session}QUIT\r\n", pieces);

                TakeIn();
                for (var i = 0; i < messages.Length; i++)
                {
                    Assert.True(_taken.TryRemove($"m{i}@s{id}.test", out var arrived));
                    var message = Assert.Single(arrived);
                    Assert.Equal(messages[i].Item1, message.Untraced);
                    Assert.Equal([$"RCPT TO:<r{i}@s{id}.test>"], message.Recipients);
                }
            },
            few: 1000,
            atOnce: 8);
        TakeIn();
        Assert.Empty(_taken);
    }

    private async Task RunAsync(string session, int[] pieces)
    {
        using var wire = await _relay.ConnectAsync();
        foreach (var piece in Fuzzing.Cut(DataModel.Octets(session), pieces))
        {
            await wire.SendAsync(piece);
        }

        string last = "", reply;
        while ((reply = await wire.ReplyAsync()).Length != 0)
        {
            Assert.True(reply[0] is '2' or '3', reply);
            last = reply;
        }

        Assert.StartsWith("221", last, StringComparison.Ordinal);
    }

    // What the hub has taken, by its sender. One at a time: nobody is to look between one's taking out and putting in.
    private void TakeIn()
    {
        lock (_taken)
        {
            while (_hub.Messages.TryDequeue(out var message))
            {
                _taken.GetOrAdd(message.Mail.Split('<', '>')[1], _ => new()).Enqueue(message);
            }
        }
    }

    private static void Append(StringBuilder session, string content, bool chunked, int[] chunks)
    {
        if (!chunked)
        {
            session.Append("DATA\r\n").Append(DataModel.Stuff(content)).Append(".\r\n");
            return;
        }

        foreach (var chunk in Fuzzing.Cut(content.ToCharArray(), chunks))
        {
            session.Append(CultureInfo.InvariantCulture, $"BDAT {chunk.Length}\r\n").Append(chunk);
        }

        session.Append("BDAT 0 LAST\r\n");
    }

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
}
