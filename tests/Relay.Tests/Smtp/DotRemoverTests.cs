using System.Text;
using RelayOperator.Relay.Smtp;
using Xunit;

namespace RelayOperator.Relay.Tests.Smtp;

public sealed class DotRemoverTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("a\r\n", "a\r\n")]
    [InlineData("..\r\n", ".\r\n")]
    [InlineData("...\r\n..a\r\n", "..\r\n.a\r\n")]
    [InlineData("a.\r\n..\r\n\r\n..b.c\r\n", "a.\r\n.\r\n\r\n.b.c\r\n")]
    [InlineData("a\n.b\r.c\r\n", "a\n.b\r.c\r\n")]
    public void Stuffed_dots_go_however_the_input_is_split(string wire, string content)
    {
        for (var first = 0; first <= wire.Length; first++)
        {
            for (var second = first; second <= wire.Length; second++)
            {
                var remover = new DotRemover();
                Assert.Equal(content, Remove(remover, wire[..first]) + Remove(remover, wire[first..second]) + Remove(remover, wire[second..]));
            }
        }
    }

    private static string Remove(DotRemover remover, string piece)
    {
        var bytes = Encoding.Latin1.GetBytes(piece);
        return Encoding.Latin1.GetString(bytes, 0, remover.Remove(bytes));
    }
}
