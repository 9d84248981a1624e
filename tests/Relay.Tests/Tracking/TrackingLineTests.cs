using System.Text;
using System.Text.Json;
using RelayOperator.Relay.Tracking;
using Xunit;

namespace RelayOperator.Relay.Tests.Tracking;

public sealed class TrackingLineTests
{
    private static readonly DateTimeOffset Time = new(2026, 11, 24, 17, 20, 31, 482, TimeSpan.FromHours(1));

    [Fact]
    public void A_line_says_all_that_is_known()
    {
        var entry = new TrackingEvent
        {
            Kind = TrackingEventKind.Send,
            Id = "0K7Q2M9X4B1C0",
            MessageId = "<one@corp.test>",
            Sender = "a@corp.test",
            Recipients = ["b@x.test", "é@x.test"],
            Hub = "ht01",
            Reply = "250 2.0.0 Ok: queued as 9F3A",
            Client = "10.20.0.7",
            Helo = "erp",
            Tls = "TLS1.3 TLS_AES_256_GCM_SHA384",
            User = "erp@corp.test",
            Bytes = 10433,
            Seconds = 0.012_749_9,
            Attempt = 2,
            Reason = "delivered",
        };
        Assert.Equal(
            """{"time":"2026-11-24T16:20:31.482Z","event":"SEND","id":"0K7Q2M9X4B1C0","messageId":"<one@corp.test>","pool":"corp","pod":"corp-0","""
            + """ "sender":"a@corp.test","recipients":["b@x.test","é@x.test"],"hub":"ht01","reply":"250 2.0.0 Ok: queued as 9F3A","queueId":"9F3A","""[1..]
            + """ "client":"10.20.0.7","helo":"erp","tls":"TLS1.3 TLS_AES_256_GCM_SHA384","user":"erp@corp.test","bytes":10433,"seconds":0.0127,"attempt":2,"reason":"delivered"}"""[1..] + "\n",
            Line(entry));
    }

    [Fact]
    public void What_is_not_known_is_left_out_and_the_null_sender_is_known()
    {
        Assert.Equal(
            """{"time":"2026-11-24T16:20:31.482Z","event":"HOLD","id":"1"}""" + "\n",
            Encoding.UTF8.GetString(TrackingLine.Format(new() { Kind = TrackingEventKind.Hold, Id = "1", Recipients = [] }, "", "", Time)));
        Assert.Contains("\"sender\":\"\"", Line(new() { Kind = TrackingEventKind.Fail, Id = "1", Sender = "" }), StringComparison.Ordinal);
    }

    [Fact]
    public void Of_many_recipients_the_first_hundred_are_named_and_all_are_counted()
    {
        var read = TrackedEvent.Parse(Line(new()
        {
            Kind = TrackingEventKind.Receive,
            Id = "1",
            Recipients = [.. Enumerable.Range(0, 1000).Select(i => $"r{i}@x.test")],
        }))!;
        Assert.Equal((100, 1000), (read.Recipients.Length, read.RecipientCount));
        Assert.Equal("r99@x.test", read.Recipients[^1]);
    }

    [Fact]
    public void Nothing_that_a_stranger_wrote_makes_a_second_line_or_a_field()
    {
        var line = Line(new() { Kind = TrackingEventKind.Receive, Id = "1", Helo = "a\r\n\"b\",\"id\":\"2\u001b[2J\u0000\ud800\u2028" });
        Assert.Equal(line.Length - 1, line.IndexOf('\n', StringComparison.Ordinal));
        Assert.DoesNotContain(line[..^1], char.IsControl);
        var read = TrackedEvent.Parse(line)!;
        Assert.Equal(("1", "a\r\n\"b\",\"id\":\"2\u001b[2J\0\ufffd\u2028"), (read.Id, read.Helo));
    }

    [Fact]
    public void A_long_text_is_clipped_even_within_a_character()
    {
        var read = TrackedEvent.Parse(Line(new() { Kind = TrackingEventKind.Fail, Id = "1", Reply = new string('x', 999) + "📧" + new string('y', 9999) }))!;
        Assert.Equal(new string('x', 999) + "\ufffd", read.Reply);
    }

    [Fact]
    public void Every_kind_has_a_name()
    {
        string[] names = ["RECEIVE", "SEND", "DEFER", "FAIL", "DSN", "EXPIRE", "HOLD", "DELETE", "HANDOVER"];
        Assert.Equal(names, Enum.GetValues<TrackingEventKind>().Select(TrackingLine.Name));
    }

    [Theory]
    [InlineData("250 2.0.0 Ok: queued as 4XyZ1k0aB", "4XyZ1k0aB")]
    [InlineData("250 2.0.0 queued as 0K7Q2M9X4B1C0", "0K7Q2M9X4B1C0")]
    [InlineData("250 Message Queued as <ABC.1>", "ABC.1")]
    [InlineData("250 2.6.0 <a@b> [InternalId=4711, Hostname=ht01.corp.test] 1234 bytes in 0.1, 9 KB/sec Queued mail for delivery", "4711")]
    [InlineData("250 OK id=1tFabc-0001Xy-2H", "1tFabc-0001Xy-2H")]
    [InlineData("250 ok 1732437631 qp 4711", "4711")]
    [InlineData("250 2.0.0 4AO8LLmn012345 Message accepted for delivery", "4AO8LLmn012345")]
    [InlineData("250 2.0.0 a1b2c3d4 Message accepted for delivery / bye", "a1b2c3d4")]
    [InlineData("250 2.0.0 Message accepted for delivery", "")]
    [InlineData("250 Ok Message accepted for delivery", "")]
    [InlineData("250 2.0.0 Ok: queued as ", "")]
    [InlineData("250 2.0.0 Ok", "")]
    [InlineData("", "")]
    public void The_hubs_queue_id_is_taken_out_of_its_words(string reply, string expected) =>
        Assert.Equal(expected, HubQueueId.In(reply).ToString());

    private static string Line(in TrackingEvent entry)
    {
        var line = Encoding.UTF8.GetString(TrackingLine.Format(entry, "corp", "corp-0", Time));
        using var document = JsonDocument.Parse(line);
        return line;
    }
}
