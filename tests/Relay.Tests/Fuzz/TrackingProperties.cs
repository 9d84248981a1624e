using System.Text;
using CsCheck;
using RelayOperator.Relay.Tracking;
using Xunit;

namespace RelayOperator.Relay.Tests.Fuzz;

/// <summary>Lines of tracking as they are written and read, and what finds them.</summary>
public sealed class TrackingProperties
{
    private static readonly DateTimeOffset Time = new(2026, 11, 24, 16, 20, 31, 482, TimeSpan.Zero);

    private static readonly Gen<string> Text = Gen.Char.Where(c => !char.IsSurrogate(c)).Array[1, 12].Select(text => new string(text));

    private static readonly Gen<string> Address = Gen.Select(
        Gen.OneOf(Gen.Char["abAB.@\"<> é"].Array[1, 8].Select(text => new string(text)), Text), Gen.OneOf("x.test", "X.Test", "y.x.test", "[::1]", "é.test"),
        (local, domain) => $"{local}@{domain}");

    private static readonly Gen<TrackingEvent> Event = Gen.Select(
        Gen.Enum<TrackingEventKind>(), Text, Gen.Select(Text, Gen.OneOf(Address, Gen.Const(""))), Address.Array[0, 4], Gen.Select(Text, Text, Gen.Int[0, 9]),
        (kind, id, from, to, more) => new TrackingEvent
        {
            Kind = kind, Id = id, MessageId = $"<{from.Item1.Replace('<', 'x').Replace('>', 'x')}>", Sender = from.Item2, Recipients = to, Hub = more.Item1, Reply = more.Item2, Attempt = more.Item3,
        });

    [Fact]
    public void An_event_is_read_as_it_was_written_behind_any_prefix_and_no_part_of_its_line_is_one() => Fuzzing.Run(
        Gen.Select(Event, Gen.OneOf("", "[pod/corp-0/relay] ", "{\"time\": ", "é "), Gen.Int[1, 2000]),
        (entry, prefix, cut) =>
        {
            var line = Line(entry);
            Assert.Single(line.Split('\n')[..^1]);
            var read = TrackedEvent.Parse(prefix + line)!;
            Assert.Equal(
                (TrackingLine.Name(entry.Kind), entry.Id, entry.MessageId, entry.Sender, entry.Hub, entry.Reply, entry.Attempt, Time),
                (read.Event, read.Id, read.MessageId, read.Sender, read.Hub, read.Reply, read.Attempt, read.Time));
            Assert.Equal(entry.Recipients, read.Recipients);
            Assert.Equal(line.TrimEnd(), read.Json);
            Assert.Null(TrackedEvent.Parse(line[..^Math.Min(cut + 1, line.Length)]));
        });

    [Fact]
    public void An_event_is_found_by_all_that_is_true_of_it_and_by_nothing_else() => Fuzzing.Run(
        Gen.Select(Event, Gen.Bool, Gen.Bool, Gen.Int[0, 3]),
        (entry, upper, bare, which) =>
        {
            var read = TrackedEvent.Parse(Line(entry))!;
            var recipient = entry.Recipients!.Count == 0 ? null : entry.Recipients[which % entry.Recipients.Count];
            Assert.All(
                (string?[])[recipient, recipient?[(recipient.LastIndexOf('@') + 1)..]],
                wish => Assert.Equal(wish is null ? 0 : 8, new TraceFilter { Recipient = Written(wish) }.Met(read)));
            Assert.Equal(4, new TraceFilter { Sender = Written(entry.Sender) }.Met(read));
            Assert.Equal(1, new TraceFilter { Id = upper ? entry.Id.ToUpperInvariant() : entry.Id }.Met(read));
            Assert.Equal(2, new TraceFilter { MessageId = bare ? entry.MessageId![1..^1] : entry.MessageId }.Met(read));
            var all = new TraceFilter { Id = entry.Id, MessageId = entry.MessageId, Sender = entry.Sender, Recipient = recipient };
            Assert.Equal(all.Wishes, all.Met(read));
            var none = new TraceFilter { Id = entry.Id + "x", MessageId = entry.MessageId + "x", Sender = entry.Sender + "x", Recipient = $"x{recipient}x" };
            Assert.Equal(0, none.Met(read));
            Assert.Equal(
                (true, false, false),
                (new TraceFilter { Since = Time, Until = Time }.IsInTime(read), new TraceFilter { Since = Time.AddTicks(1) }.IsInTime(read), new TraceFilter { Until = Time.AddTicks(-1) }.IsInTime(read)));

            string? Written(string? address) => address is null ? null : bare ? address : $"<{address}>";
        });

    [Fact]
    public void Any_mess_is_a_line_of_tracking_or_none_and_whoever_looks_for_something_goes_through_it() => Fuzzing.Run(
        Gen.Select(
            Fuzzing.Soup(8, ",\"id\":\"1\"", ",\"id\":null", ",\"id\":1", ",\"recipients\":[\"a@x.test\"]", ",\"recipients\":[null]", ",\"recipients\":null", ",\"recipients\":{}", ",\"sender\":null", ",\"messageId\":\"<\"", ",\"event\":\"SEND\"", ",\"event\":null", ",\"bytes\":1e99", ",\"seconds\":\"x\"", ",\"x\":[[", "]", "}", ",\"hub\":\"\\ud800\"", ",\"attempt\":0.5", ",\"id\":\"2\",\"event\":\"FAIL\""),
            Gen.OneOf("2026-11-24T16:20:31.482Z", "yesterday", "0000-00-00", "2026-11-24"), Gen.OneOf("", "<", ">", "<>", "@", "a@x.test", "x.test")),
        (rest, time, wish) =>
        {
            if (TrackedEvent.Parse($"x {{\"time\":\"{time}\"{rest}}}") is not { } read)
            {
                return;
            }

            Assert.NotNull(read.Id);
            Assert.NotNull(read.Event);
            Assert.All(read.Recipients, Assert.NotNull);
            var met = new TraceFilter { Id = wish, MessageId = wish, Sender = wish, Recipient = wish }.Met(read);
            Assert.InRange(met, 0, 15);
        },
        few: 20_000);

    private static string Line(TrackingEvent entry) => Encoding.UTF8.GetString(TrackingLine.Format(entry, "corp", "corp-0", Time));
}
