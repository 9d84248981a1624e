using MimeKit;
using RelayOperator.Relay.Send;
using Xunit;

namespace RelayOperator.Relay.Tests.Send;

public sealed class SendSummaryTests
{
    [Theory]
    [InlineData(0.5, 50)]
    [InlineData(0.95, 95)]
    [InlineData(0.99, 99)]
    [InlineData(1, 100)]
    public void A_percentile_is_the_nearest_rank(double share, double value) =>
        Assert.Equal(value, SendStatistics.Percentile([.. Enumerable.Range(1, 100).Select(number => (double)number)], share));

    [Fact]
    public void Percentiles_of_one_and_of_none()
    {
        Assert.Equal(7, SendStatistics.Percentile([7], 0.5));
        Assert.Equal(0, SendStatistics.Percentile([], 0.99));
    }

    [Fact]
    public void A_summary_names_counts_rate_latencies_and_each_error_the_most_frequent_first()
    {
        var statistics = new SendStatistics();
        statistics.Failed("451 a");
        statistics.Failed("550 b");
        statistics.Failed("550 b");
        statistics.Acknowledged(TimeSpan.FromMilliseconds(4));
        statistics.Acknowledged(TimeSpan.FromMilliseconds(2));
        Assert.Equal(
            """
            2 of 5 acknowledged, 3 failed, in 2.0 s: 1 msg/s
            latency ms: p50 2.0  p95 4.0  p99 4.0  max 4.0
                  2 × 550 b
                  1 × 451 a

            """,
            statistics.Summarize(TimeSpan.FromSeconds(2)).Format(5));
    }

    [Fact]
    public void Errors_that_all_differ_do_not_pile_up()
    {
        var statistics = new SendStatistics();
        for (var i = 0; i < 1000; i++)
        {
            statistics.Failed($"451 id {i}");
        }

        var summary = statistics.Summarize(TimeSpan.FromSeconds(1));
        Assert.Equal(1000, summary.Failed);
        Assert.Equal(SendStatistics.MaxDistinctErrors + 1, summary.Errors.Length);
        Assert.Equal(1000, summary.Errors.Sum(error => error.Value));
    }

    [Theory]
    [InlineData(1000)]
    [InlineData(1023)]
    [InlineData(1024)]
    [InlineData(10_240)]
    [InlineData(70_001)]
    public void A_message_has_the_size_that_was_asked_for_and_only_CRLF_line_ends(int size)
    {
        var template = new MessageTemplate(new SendOptions { Host = "x", Port = 25, Size = size }, "12345678", TimeProvider.System);
        var (message, id) = template.Make(42);
        using var written = new MemoryStream();
        var format = FormatOptions.Default.Clone();
        format.NewLineFormat = NewLineFormat.Dos;
        message.WriteTo(format, written, TestContext.Current.CancellationToken);
        Assert.Equal(size, written.Length);
        Assert.Equal(id, message.Headers[MessageTemplate.IdHeader]);
        var text = System.Text.Encoding.ASCII.GetString(written.ToArray());
        Assert.DoesNotContain('\n', text.Replace("\r\n", "", StringComparison.Ordinal));
        Assert.DoesNotContain('\r', text.Replace("\r\n", "", StringComparison.Ordinal));
        Assert.EndsWith("\r\n", text, StringComparison.Ordinal);
    }
}
