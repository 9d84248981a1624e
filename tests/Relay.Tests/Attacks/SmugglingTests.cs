using System.Globalization;
using System.Text;
using RelayOperator.Api.Config;
using RelayOperator.Relay.Tests.Fuzz;
using RelayOperator.Relay.Tests.Smtp;
using RelayOperator.TestKit;
using Xunit;

namespace RelayOperator.Relay.Tests.Attacks;

/// <summary>
/// A second message hidden in the first one, behind what is nearly an end of data, on its way to a hub that would take it
/// for one: one message in, one message out at most, and the hidden envelope never becomes one.
/// </summary>
public sealed class SmugglingTests : IAsyncLifetime
{
    private const string Hidden = "MAIL FROM:<smuggled@evil.test>\r\nRCPT TO:<c@d.test>\r\nDATA\r\nSubject: s\r\n\r\nx";

    private static readonly string[] Near =
        ["\n.\n", "\n.\r\n", "\r.\r", "\r.\r\n", "\r\n.\n", "\r\n.\r", "\r\n.\r\r\n", "\n\r.\n\r", "\r.\n", "\n.\r", "\0\n.\n", "\r\n.\0\r\n", "\r\n\0.\r\n", "\r\n..\r\n", "\r\n.\r.\r\n"];

    private readonly LaxHub _hub = new();

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _hub.DisposeAsync();

    [Theory]
    [InlineData(BareLineEndings.Reject, false)]
    [InlineData(BareLineEndings.Reject, true)]
    [InlineData(BareLineEndings.Normalize, false)]
    [InlineData(BareLineEndings.Normalize, true)]
    public async Task No_mix_of_CR_LF_dots_and_NUL_smuggles_a_message(BareLineEndings mode, bool chunked)
    {
        await using var relay = await StartAsync(mode);
        var mixes = Mixes(Fuzzing.IsLong ? 6 : 4).Where(mix => chunked || !mix.Contains("\r\n.\r\n", StringComparison.Ordinal)).ToArray();
        await Parallel.ForAsync(
            0, mixes.Length, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (i, _) => await SendAsync(relay, i, Body(mixes[i], chunked, mixes[i].Length / 2), int.MaxValue));
        Check(mode, mixes);
    }

    [Theory]
    [InlineData(BareLineEndings.Reject)]
    [InlineData(BareLineEndings.Normalize)]
    public async Task It_does_not_help_to_cut_the_mix_at_any_octet(BareLineEndings mode)
    {
        await using var relay = await StartAsync(mode);
        var sent = new List<string>();
        foreach (var mix in Near)
        {
            for (var cut = 0; cut <= mix.Length; cut++)
            {
                foreach (var chunked in (bool[])[false, true])
                {
                    await SendAsync(relay, sent.Count, Body(mix, chunked, cut), cut);
                    sent.Add(mix);
                }
            }

            await SendAsync(relay, sent.Count, Body(mix, false, 0), -1);
            sent.Add(mix);
        }

        Check(mode, sent);
    }

    [Fact]
    public async Task The_hub_is_as_lax_as_they_come()
    {
        foreach (var end in (string[])["\n.\n", "\r.\r", "\n.\r\n", "\r\n.\n"])
        {
            using var wire = await SmtpWire.ConnectAsync(new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, _hub.Port));
            await wire.SendAsync($"EHLO x\r\nMAIL FROM:<h@a.test>\r\nRCPT TO:<b@c.test>\r\nDATA\r\na{end}{Hidden}\r\n.\r\nQUIT\r\n");
            while ((await wire.ReplyAsync()).StartsWith("221", StringComparison.Ordinal) == false)
            {
                // Up to the last one.
            }
        }

        Assert.Equal(4, _hub.Messages.Count(message => message.Mail.Contains("smuggled", StringComparison.Ordinal)));
    }

    private static string Body(string mix, bool chunked, int cut)
    {
        if (!chunked)
        {
            return $"DATA\r\na{mix}{Hidden}\r\n.\r\nQUIT\r\n";
        }

        var first = $"a{mix[..cut]}";
        var last = $"{mix[cut..]}{Hidden}\r\n";
        return string.Create(CultureInfo.InvariantCulture, $"BDAT {first.Length}\r\n{first}BDAT {last.Length} LAST\r\n{last}QUIT\r\n");
    }

    // Cut behind so many octets of the mix, or at every octet where that is less than none.
    private static async Task SendAsync(TestRelay relay, int id, string body, int cut)
    {
        using var wire = await relay.ConnectAsync();
        var session = string.Create(CultureInfo.InvariantCulture, $"EHLO x\r\nMAIL FROM:<h{id}@a.test>\r\nRCPT TO:<b@c.test>\r\n");
        var octets = Encoding.Latin1.GetBytes(session + body);
        var at = session.Length + body.IndexOf("\r\na", StringComparison.Ordinal) + 3;
        int[] pieces = cut < 0 ? [at, 1] : cut == int.MaxValue ? [octets.Length] : [at + cut, octets.Length];
        try
        {
            foreach (var piece in Fuzzing.Cut(octets, pieces))
            {
                await wire.SendAsync(piece);
            }
        }
        catch (System.Net.Sockets.SocketException)
        {
            // Cut off on the way.
        }

        while ((await wire.ReplyAsync()).Length != 0)
        {
            // Up to the end of the session.
        }
    }

    private void Check(BareLineEndings mode, IReadOnlyList<string> mixes)
    {
        Assert.DoesNotContain(_hub.Envelopes, line => line.Contains("smuggled", StringComparison.Ordinal));
        var taken = _hub.Messages.GroupBy(message => message.Mail.Split(' ')[1]).ToDictionary(messages => messages.Key, messages => messages.Count());
        for (var i = 0; i < mixes.Count; i++)
        {
            var isRefused = mode == BareLineEndings.Reject && (mixes[i].Contains('\0', StringComparison.Ordinal) || DataModel.HasBareLineEnding($"a{mixes[i]}M", isWhole: true));
            var count = taken.GetValueOrDefault(string.Create(CultureInfo.InvariantCulture, $"FROM:<h{i}@a.test>"));
            Assert.True(count == (isRefused ? 0 : 1), $"{count} messages of {Encoding.Latin1.GetBytes(mixes[i]).Aggregate("", (text, octet) => $"{text} {octet:X2}")}");
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"smuggling: {mixes.Count} messages sent, {_hub.Messages.Count} arrived");
    }

    private static List<string> Mixes(int length)
    {
        List<string> mixes = [""];
        for (var start = 0; length > 0; length--)
        {
            for (var end = mixes.Count; start < end; start++)
            {
                mixes.AddRange("\r\n.\0x".Select(octet => mixes[start] + octet));
            }
        }

        return mixes;
    }

    private Task<TestRelay> StartAsync(BareLineEndings mode) => TestRelay.StartAsync([], config => config with
    {
        Hubs = [TestRelay.Hub("lax", _hub.Port)],
        Routes = [new RouteConfig("default", [], ["lax"])],
        Access = [config.Access[0] with { BareLineEndings = mode }],
    });
}
