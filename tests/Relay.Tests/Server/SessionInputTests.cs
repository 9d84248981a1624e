using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;
using RelayOperator.Relay.Server;
using RelayOperator.Relay.Timing;
using Xunit;

namespace RelayOperator.Relay.Tests.Server;

public sealed class SessionInputTests
{
    [Fact]
    public async Task What_arrives_while_a_wait_is_called_off_is_not_lost()
    {
        using var sweep = new DeadlineSweep(TimeProvider.System);
        var pipe = new Pipe();
        await using var connection = new DefaultConnectionContext("1", new Duplex(pipe.Reader, pipe.Writer), null!);
        using var input = new SessionInput(connection, sweep);
        pipe.Reader.CancelPendingRead();
        await pipe.Writer.WriteAsync("NOOP\r\n"u8.ToArray());

        var outcome = await input.ReadAsync(long.MaxValue, long.MaxValue, mayLeave: false);

        Assert.Equal(InputOutcome.Data, outcome);
        Assert.Equal("NOOP\r\n"u8.ToArray(), input.Unread.ToArray());
    }

    private sealed record Duplex(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
