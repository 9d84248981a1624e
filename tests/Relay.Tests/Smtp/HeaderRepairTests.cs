using System.Net;
using System.Text;
using RelayOperator.Api.Config;
using RelayOperator.Relay.Smtp;
using Xunit;

namespace RelayOperator.Relay.Tests.Smtp;

public sealed class HeaderRepairTests
{
    private const string Date = "Date: Tue, 24 Nov 2026 10:00:00 +0000\r\n";
    private const string MessageId = "Message-ID: <ID1@relay.test>\r\n";

    private static readonly HeaderRepairConfig Everything = new(AddDate: true, AddMessageId: true, "X-Originating-IP");

    [Theory]
    [InlineData("Subject: s\r\n\r\nx\r\n", $"Subject: s\r\n{Date}{MessageId}\r\nx\r\n")]
    [InlineData("DATE : today\r\nSubject: s\r\n\r\nMessage-ID: <in@the.body>\r\n", $"DATE : today\r\nSubject: s\r\n{MessageId}\r\nMessage-ID: <in@the.body>\r\n")]
    [InlineData("message-id:\r\n <a@b>\r\nResent-Date: x\r\n\r\n", $"message-id:\r\n <a@b>\r\nResent-Date: x\r\n{Date}\r\n")]
    [InlineData("Date: d\r\nMessage-ID: m\r\n\r\nX-Originating-IP: [10.0.0.1]\r\n", "Date: d\r\nMessage-ID: m\r\n\r\nX-Originating-IP: [10.0.0.1]\r\n")]
    public void A_header_gets_what_it_lacks_at_its_end(string message, string repaired) => Assert.Equal(repaired, Repair(message));

    [Theory]
    [InlineData("")]
    [InlineData("Subject: only a header\r\n")]
    public void So_does_a_message_that_is_nothing_but_a_header(string message) => Assert.Equal($"{message}{Date}{MessageId}", Repair(message));

    [Theory]
    [InlineData("no header at all\r\nTo: x\r\n")]
    [InlineData("..\r\n")]
    [InlineData(" a blank in front: would go on with the field before it\r\n")]
    [InlineData("\t\r\nX-Originating-IP: [10.0.0.1]\r\n")]
    public void A_message_without_a_header_gets_the_empty_line_before_its_body(string message) => Assert.Equal($"{Date}{MessageId}\r\n{message}", Repair(message));

    [Fact]
    public void A_line_without_a_colon_ends_the_header_as_an_empty_one_does() => Assert.Equal(
        $"Subject: s\r\n{Date}{MessageId}\r\n{new string('x', 3000)}: y\r\nX-Originating-IP: z\r\n",
        Repair($"Subject: s\r\n{new string('x', 3000)}: y\r\nX-Originating-IP: z\r\n"));

    [Theory]
    [InlineData("X-Originating-IP: [10.0.0.1]\r\n")]
    [InlineData("x-originating-ip : [10.0.0.1]\r\n\t[10.0.0.2]\r\n  \r\n")]
    [InlineData("X-ORIGINATING-IP:\r\n [10.0.0.1]\r\nX-Originating-IP: again\r\n")]
    public void Fields_with_the_name_of_the_relays_own_are_taken_out_wherever_they_stand(string field)
    {
        const string Rest = "Date: d\r\nMessage-ID: m\r\nX-Originating-IPv6: stays\r\n";
        Assert.Equal($"{Rest}Subject: s\r\n\r\nx", Repair($"{field}{Rest}Subject: s\r\n\r\nx"));
        Assert.Equal($"{Rest}Subject: s\r\n\r\nx", Repair($"{Rest}{field}Subject: s\r\n\r\nx"));
        Assert.Equal($"{Rest}\r\nx", Repair($"{Rest}{field}\r\nx"));
        Assert.Equal(Rest, Repair($"{Rest}{field}"));
    }

    [Theory]
    [InlineData("192.0.2.1", false, "[192.0.2.1]")]
    [InlineData("::ffff:192.0.2.1", false, "[192.0.2.1]")]
    [InlineData("2001:db8::1", false, "[IPv6:2001:db8::1]")]
    [InlineData("192.0.2.1", true, "unknown")]
    public void The_clients_address_stands_in_front(string address, bool isHidden, string told)
    {
        var repair = new HeaderRepair(Everything, ReceivedFieldTests.Facts with { ClientAddress = IPAddress.Parse(address) }, isHidden);
        Assert.Equal($"X-Originating-IP: {told}\r\n", Encoding.ASCII.GetString(repair.Front.Span));
    }

    [Fact]
    public void What_is_not_asked_for_is_not_done()
    {
        const string Message = "X-Originating-IP: [10.0.0.1]\r\n\r\nx\r\n";
        var repair = new HeaderRepair(new HeaderRepairConfig(AddDate: false, AddMessageId: false, ""), ReceivedFieldTests.Facts, isHidden: false);
        Assert.True(repair.Front.IsEmpty);
        Assert.Equal(Message, Run(repair, Message, Message.Length));
    }

    // In one piece and octet by octet, which is the same.
    private static string Repair(string message)
    {
        var whole = Run(new HeaderRepair(Everything, ReceivedFieldTests.Facts, isHidden: false), message, Math.Max(1, message.Length));
        Assert.Equal(whole, Run(new HeaderRepair(Everything, ReceivedFieldTests.Facts, isHidden: false), message, 1));
        return whole;
    }

    private static string Run(HeaderRepair repair, string message, int piece)
    {
        var result = new StringBuilder();
        foreach (var octets in DataModel.Octets(message).Chunk(piece))
        {
            var output = new byte[octets.Length + repair.Growth];
            result.Append(Encoding.Latin1.GetString(output, 0, repair.Rewrite(octets, output)));
        }

        var end = new byte[repair.Growth];
        return result.Append(Encoding.Latin1.GetString(end, 0, repair.Complete(end))).ToString();
    }
}
