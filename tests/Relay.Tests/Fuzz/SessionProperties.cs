using System.Globalization;
using System.Text;
using CsCheck;
using RelayOperator.Relay.Tests.Smtp;
using RelayOperator.TestKit;
using Xunit;

namespace RelayOperator.Relay.Tests.Fuzz;

/// <summary>Whole sessions over a socket, cut into random pieces.</summary>
public sealed class SessionProperties : IAsyncLifetime
{
    private static readonly Gen<string> Content = Fuzzing.Soup(
        25, "\r\n", "\r\n", "\r\n.", ".", "..", "text", "MAIL FROM:<x@y.test>\r\n", "QUIT\r\n", "RSET\r\n", "BDAT 0 LAST\r\n", "\0", "\u00ff", new string('x', 3000)).Select(text => $"S: x\r\n\r\n{text}\r\n");

    private readonly ScriptedHub _hub = new();
    private TestRelay _relay = null!;

    public async ValueTask InitializeAsync() => _relay = await TestRelay.StartAsync([_hub]);

    public async ValueTask DisposeAsync()
    {
        await _relay.DisposeAsync();
        await _hub.DisposeAsync();
    }

    [Fact]
    public Task Each_message_arrives_once_octet_by_octet_under_its_own_envelope() => Fuzzing.RunAsync(
        Gen.Select(Gen.Select(Content, Gen.Bool, Fuzzing.Pieces(60)).Array[1, 4], Fuzzing.Pieces(400)),
        async input =>
        {
            var (messages, pieces) = input;
            var session = new StringBuilder("EHLO client.test\r\n");
            for (var i = 0; i < messages.Length; i++)
            {
                session.Append(CultureInfo.InvariantCulture, $"MAIL FROM:<m{i}@a.test> BODY=8BITMIME\r\nRCPT TO:<r{i}@c.test>\r\n");
                Append(session, messages[i].Item1, messages[i].Item2, messages[i].Item3);
            }

            using var wire = await _relay.ConnectAsync();
            foreach (var piece in Fuzzing.Cut(DataModel.Octets($"{session}QUIT\r\n"), pieces))
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
            for (var i = 0; i < messages.Length; i++)
            {
                Assert.True(_hub.Messages.TryDequeue(out var taken));
                Assert.Equal(messages[i].Item1, taken.Untraced);
                Assert.StartsWith($"MAIL FROM:<m{i}@a.test>", taken.Mail, StringComparison.Ordinal);
                Assert.Equal([$"RCPT TO:<r{i}@c.test>"], taken.Recipients);
            }

            Assert.Empty(_hub.Messages);
        },
        few: 100);

    private static void Append(StringBuilder session, string content, bool chunked, int[] chunks)
    {
        if (!chunked)
        {
            session.Append("DATA\r\n").Append(DataModel.Stuff(content)).Append(".\r\n");
            return;
        }

        foreach (var chunk in Fuzzing.Cut(content.ToCharArray(), [.. chunks.Select(size => size * 20)]))
        {
            session.Append(CultureInfo.InvariantCulture, $"BDAT {chunk.Length}\r\n").Append(chunk);
        }

        session.Append("BDAT 0 LAST\r\n");
    }
}
