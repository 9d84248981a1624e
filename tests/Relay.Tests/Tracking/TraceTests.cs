using System.CommandLine;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using RelayOperator.Relay.Commands;
using RelayOperator.Relay.Tracking;
using RelayOperator.TestKit;
using Xunit;

namespace RelayOperator.Relay.Tests.Tracking;

/// <summary><c>relay trace</c> over what a tracking log wrote.</summary>
public sealed class TraceTests : IDisposable
{
    private static readonly DateTimeOffset Start = new(2026, 11, 24, 10, 0, 0, TimeSpan.Zero);

    private readonly TempFolder _folder = new();
    private readonly FakeTimeProvider _time = new(Start);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_history_of_a_message_is_read_in_order_over_all_files()
    {
        await WriteAsync("b", Receive("1"), Receive("2"));
        await WriteAsync("a", Defer("1"), Send("1"));
        var (code, output, error) = await RunAsync($"--id 1 {_folder.File("a")} {_folder.File("b")}");
        Assert.Equal((0, ""), (code, error));
        Assert.Equal(
            """
            1 from <a1@corp.test> Message-ID <1@corp.test>
              2026-11-24T10:00:00.000Z RECEIVE corp-0 to=<b1@x.test>,<c@y.test> client=10.20.0.7 helo=erp bytes=1000 reply="250 2.0.0 queued as 1"
              2026-11-24T10:02:00.000Z DEFER   corp-0 to=<c@y.test> hub=ht01 attempt=1 reply="451 4.3.0 Later"
              2026-11-24T10:03:00.000Z SEND    corp-0 to=<c@y.test> hub=ht02 attempt=2 seconds=180 queueId=9F3A reply="250 2.0.0 Ok: queued as 9F3A"
            """,
            output.TrimEnd());
    }

    [Theory]
    [InlineData("--id 2", "2")]
    [InlineData("--message-id <2@corp.test>", "2")]
    [InlineData("--message-id 2@corp.test", "2")]
    [InlineData("--sender A2@corp.test", "2")]
    [InlineData("--sender corp.test", "1 2")]
    [InlineData("--sender <>", "3")]
    [InlineData("--recipient b1@x.test", "1")]
    [InlineData("--recipient c@y.test --sender a1@corp.test", "1")]
    [InlineData("--recipient y.test", "1 2 3")]
    [InlineData("--recipient test", "")]
    [InlineData("--id 2 --sender a1@corp.test", "")]
    [InlineData("--since 2026-11-24T10:01:00Z", "2 3")]
    [InlineData("--until 2026-11-24T11:01+01:00", "1 2")]
    [InlineData("--since 2026-11-24T10:01 --until 2026-11-24T10:01:59", "2")]
    [InlineData("--since 1s", "")]
    [InlineData("", "1 2 3")]
    public async Task A_message_is_found_by_what_is_known_of_it(string wishes, string expected)
    {
        await WriteAsync("a", Receive("1"), Receive("2"), Receive("3") with { Sender = "" });
        var (code, output, _) = await RunAsync($"{wishes} -o json {_folder.File("a")}");
        Assert.Equal(expected, string.Join(' ', output.Split('\n').Select(TrackedEvent.Parse).Where(entry => entry is not null).Select(entry => entry!.Id)));
        Assert.Equal(expected.Length == 0 ? 1 : 0, code);
    }

    [Fact]
    public async Task What_is_known_may_stand_in_several_events_of_the_message()
    {
        await WriteAsync("a", Receive("1"), Send("1") with { Recipients = ["new@z.test"] }, Receive("2"));
        var (_, output, _) = await RunAsync($"--sender corp.test --recipient new@z.test -o json {_folder.File("a")}");
        Assert.Equal(2, output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
    }

    [Fact]
    public async Task Pods_output_is_read_behind_its_prefix_and_other_lines_are_passed_over()
    {
        await WriteAsync("a", Receive("1"), Send("1"));
        var lines = TrackingFiles.In(_folder.File("a")).SelectMany(File.ReadAllLines).ToArray();
        var text = $$"""
            [pod/corp-0/relay] 2026-11-24T10:00:00.000Z info: Listening
            [pod/corp-0/relay] {{lines[0]}}
            [pod/corp-1/relay] {"time":"yesterday","event":"SEND","id":"1"}
            [pod/corp-1/relay] {"time":"2026-11-24T10:00:00.000Z","event":"SEND"}
            [pod/corp-1/relay] {"time":"2026-11-24T10:00:00.000Z","event":"SEND","id":"1","recipients":7}
            {"Timestamp":"2026-11-24T10:00:00.000Z","EventId":3001}

            corp-0 | {{lines[1]}}
            [pod/corp-1/relay] {{lines[0][..40]}}
            """;
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes(text));
        string kept;
        using (var input = await TraceInput.OpenAsync(["-"], () => stream, TestContext.Current.CancellationToken))
        {
            kept = Assert.Single(input.Files);
            var found = await TraceSearch.RunAsync(input.Files, new TraceFilter { Id = "1" }, TestContext.Current.CancellationToken);
            Assert.Equal(lines, Assert.Single(found.Messages).Select(entry => entry.Json));
        }

        Assert.False(File.Exists(kept));
    }

    [Fact]
    public async Task A_file_that_is_removed_meanwhile_is_passed_over_and_one_that_never_was_is_named()
    {
        await WriteAsync("a", Receive("1"));
        var found = await TraceSearch.RunAsync(
            [_folder.File("gone"), .. TrackingFiles.In(_folder.File("a"))], new TraceFilter(), TestContext.Current.CancellationToken);
        Assert.Single(found.Messages);
        var (code, _, error) = await RunAsync(_folder.File("never"));
        Assert.Equal(1, code);
        Assert.Contains("never' is no file and no folder", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_clients_wrote_cannot_speak_to_the_terminal()
    {
        await WriteAsync("a", Receive("1") with { Helo = "\u001b[2J\u009b" });
        var (_, output, _) = await RunAsync(_folder.File("a"));
        Assert.Contains("helo=?[2J?", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_row_names_ten_recipients_and_counts_the_rest()
    {
        await WriteAsync("a", Receive("1") with { Recipients = [.. Enumerable.Range(0, 300).Select(i => $"r{i}@x.test")] });
        var (_, output, _) = await RunAsync(_folder.File("a"));
        Assert.Contains("<r9@x.test> and 290 more", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--since soon .", "'soon' is neither a time")]
    [InlineData("--until -2h .", "'-2h' is neither")]
    [InlineData("--id 1", "Required argument missing")]
    [InlineData("-o yaml .", "yaml")]
    public async Task A_wrong_option_is_named(string line, string expected)
    {
        var (code, _, error) = await RunAsync(line);
        Assert.Equal(1, code);
        Assert.Contains(expected, error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("45s", 45)]
    [InlineData("30m", 1800)]
    [InlineData("2h", 7200)]
    [InlineData("7d", 604_800)]
    public void An_age_is_counted_back_from_now(string text, int seconds)
    {
        Assert.True(TraceTime.TryParse(text, out var time));
        Assert.Equal(Start.AddSeconds(-seconds), time.At(Start));
    }

    [Theory]
    [InlineData("2000000d")]
    [InlineData("2147483647d")]
    public void An_age_beyond_all_time_means_ever(string text)
    {
        Assert.True(TraceTime.TryParse(text, out var time));
        Assert.Equal(DateTimeOffset.MinValue, time.At(Start));
    }

    private static TrackingEvent Receive(string id) => new()
    {
        Kind = TrackingEventKind.Receive,
        Id = id,
        MessageId = $"<{id}@corp.test>",
        Sender = $"a{id}@corp.test",
        Recipients = [$"b{id}@x.test", "c@y.test"],
        Client = "10.20.0.7",
        Helo = "erp",
        Bytes = 1000,
        Reply = $"250 2.0.0 queued as {id}",
    };

    private static TrackingEvent Defer(string id) => new()
    {
        Kind = TrackingEventKind.Defer,
        Id = id,
        Recipients = ["c@y.test"],
        Hub = "ht01",
        Attempt = 1,
        Reply = "451 4.3.0 Later",
    };

    private static TrackingEvent Send(string id) => new()
    {
        Kind = TrackingEventKind.Send,
        Id = id,
        Recipients = ["c@y.test"],
        Hub = "ht02",
        Attempt = 2,
        Seconds = 180,
        Reply = "250 2.0.0 Ok: queued as 9F3A",
    };

    // A minute passes between one event and the next.
    private async Task WriteAsync(string folder, params TrackingEvent[] events)
    {
        await using var log = new TrackingLog(
            new TrackingFiles(_folder.File(folder), 10_000, 3, _time), "corp", "corp-0", _time, new LineLogger<TrackingLog>());
        foreach (var entry in events)
        {
            log.Add(entry);
            _time.Advance(TimeSpan.FromMinutes(1));
        }
    }

    private static async Task<(int Code, string Output, string Error)> RunAsync(string line)
    {
        var root = new RootCommand { TraceCommand.Create() };
        await using var output = new StringWriter();
        await using var error = new StringWriter();
        var code = await root.Parse(["trace", .. line.Split(' ', StringSplitOptions.RemoveEmptyEntries)]).InvokeAsync(
            new InvocationConfiguration { Output = output, Error = error, ProcessTerminationTimeout = null }, TestContext.Current.CancellationToken);
        return (code, output.ToString().ReplaceLineEndings("\n"), error.ToString());
    }
}
