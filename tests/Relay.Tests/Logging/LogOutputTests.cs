using System.Globalization;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using RelayOperator.Relay.Logging;
using RelayOperator.TestKit;
using Xunit;

namespace RelayOperator.Relay.Tests.Logging;

public sealed class LogOutputTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly SlowStream _stream = new();
    private readonly LogOutput _output;

    public LogOutputTests() => _output = new LogOutput(_stream, _time);

    public void Dispose()
    {
        _stream.Gate.Set();
        _output.Dispose();
        _stream.Dispose();
    }

    [Fact]
    public void Lines_wait_for_company_and_are_written_in_order_as_one()
    {
        Append("one");
        Append("two");
        Assert.Empty(_stream.Writes);

        _time.Advance(LogOutput.Delay);

        Assert.Equal("one\ntwo\n", Assert.Single(_stream.Writes));
    }

    [Fact]
    public void What_is_written_already_is_no_reason_to_write_nothing()
    {
        Append("one", urgent: true);
        _output.Dispose();

        Assert.Equal("one\n", Assert.Single(_stream.Writes));
    }

    [Fact]
    public void A_line_that_comes_after_a_write_begins_a_wait_of_its_own()
    {
        Append("one");
        _time.Advance(LogOutput.Delay);
        Append("two");
        _time.Advance(LogOutput.Delay);

        Assert.Equal(["one\n", "two\n"], _stream.Writes);
    }

    [Fact]
    public void An_urgent_line_takes_those_that_wait_along_at_once()
    {
        Append("one");
        Append("two", urgent: true);
        _time.Advance(TimeSpan.Zero);

        Assert.Equal("one\ntwo\n", _stream.Text);
    }

    [Fact]
    public void The_end_writes_what_waits()
    {
        Append("last words");
        _output.Dispose();

        Assert.Equal("last words\n", _stream.Text);
    }

    [Fact]
    public void A_stream_that_takes_nothing_does_not_keep_the_process_from_ending()
    {
        _stream.Gate.Reset();
        Append("never heard");

        _output.Dispose(); // returns

        Assert.Empty(_stream.Writes);
    }

    [Fact]
    public async Task Nobody_waits_for_a_stream_that_takes_nothing_and_what_is_dropped_is_counted()
    {
        _stream.Gate.Reset();
        using var output = new LogOutput(_stream, TimeProvider.System);
        output.Append(new StringBuilder("first\n"), urgent: true);
        await Eventually.True(() => _stream.Entered == 1, "the stream is stuck");

        var line = new string('x', 64 * 1024);
        for (var i = 0; i < 200; i++)
        {
            output.Append(new StringBuilder(line).Append('\n'), urgent: true);
        }

        _stream.Gate.Set();
        await Eventually.True(() => _stream.Writes.Count == 2, "what waited is written");
        output.Append(new StringBuilder("after\n"), urgent: true);
        output.Dispose();

        Assert.StartsWith("first\n", _stream.Text, StringComparison.Ordinal);
        var kept = _stream.Text.Split('\n').Count(text => text == line);
        Assert.InRange(kept, 1, 199);
        Assert.Contains((200 - kept).ToString(CultureInfo.InvariantCulture) + " log lines were dropped", _stream.Text, StringComparison.Ordinal);
        Assert.EndsWith("after\n", _stream.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_stream_that_is_closed_costs_lines_and_nothing_else()
    {
        _stream.Fault = new IOException("Broken pipe");
        Append("lost", urgent: true);
        _time.Advance(TimeSpan.Zero);
        _stream.Fault = null;
        Append("heard", urgent: true);
        _time.Advance(TimeSpan.Zero);

        Assert.Equal("heard\n", _stream.Text);
    }

    [Fact]
    public async Task Of_many_who_append_at_once_nothing_is_lost_torn_or_out_of_order()
    {
        using var output = new LogOutput(_stream, TimeProvider.System);
        await Task.WhenAll(Enumerable.Range(0, 4).Select(who => Task.Run(() =>
        {
            for (var i = 0; i < 5000; i++)
            {
                output.Append(new StringBuilder($"{who} {i}\n"), urgent: i % 100 == 0);
            }
        })));
        output.Dispose();

        var lines = _stream.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ')).ToList();
        Assert.Equal(20_000, lines.Count);
        foreach (var one in lines.GroupBy(line => line[0], line => int.Parse(line[1], CultureInfo.InvariantCulture)))
        {
            Assert.Equal(Enumerable.Range(0, 5000), one);
        }
    }

    private void Append(string line, bool urgent = false) => _output.Append(new StringBuilder(line).Append('\n'), urgent);
}
