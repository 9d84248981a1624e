using System.Buffers;
using System.Net;
using System.Net.Sockets;
using System.Text;
using RelayOperator.Relay.Server;
using RelayOperator.Relay.Timing;
using RelayOperator.TestKit;
using Xunit;

namespace RelayOperator.Relay.Tests.Server;

public sealed class SessionInputTests : IAsyncLifetime
{
    private readonly DeadlineSweep _sweep = new(TimeProvider.System);
    private readonly Socket _client = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private Socket _served = null!;
    private SessionInput _input = null!;

    public async ValueTask InitializeAsync()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        await _client.ConnectAsync(listener.LocalEndpoint);
        _served = await listener.AcceptSocketAsync();
        _input = new SessionInput(new NetworkStream(_served, ownsSocket: false), _sweep);
    }

    public ValueTask DisposeAsync()
    {
        _served.Dispose();
        _input.Dispose();
        _client.Dispose();
        _sweep.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task What_arrives_while_a_wait_is_called_off_is_not_lost()
    {
        for (var i = 0; i < 200; i++)
        {
            var waiting = ReadAsync(stall: _sweep.After(TimeSpan.FromHours(-1))).AsTask();
            await _client.SendAsync("NOOP\r\n"u8.ToArray());
            if (await waiting == InputOutcome.Stalled)
            {
                Assert.Equal(InputOutcome.Data, await ReadAsync());
            }

            Assert.Equal("NOOP\r\n", Take());
        }
    }

    [Fact]
    public async Task Waits_end_at_their_time_and_when_the_relay_leaves_and_go_on_as_if_nothing_had_been()
    {
        Assert.Equal(InputOutcome.Stalled, await ReadAsync(stall: _sweep.After(TimeSpan.FromMilliseconds(1))));
        Assert.Equal(InputOutcome.TimedOut, await ReadAsync(final: _sweep.After(TimeSpan.FromMilliseconds(1))));
        var waiting = _input.ReadAsync(long.MaxValue, long.MaxValue, mayLeave: true).AsTask();
        _input.Leave();
        Assert.Equal(InputOutcome.Leaving, await waiting);

        var within = ReadAsync().AsTask();
        _input.Leave();
        await _client.SendAsync("QUIT\r\n"u8.ToArray());
        Assert.Equal(InputOutcome.Data, await within);
        Assert.Equal("QUIT\r\n", Take());
    }

    [Fact]
    public async Task Whatever_the_buffers_size_every_octet_comes_once_and_in_order()
    {
        var random = new Random(1);
        var sent = new byte[1_000_000];
        random.NextBytes(sent);
        var sending = _client.SendAsync(sent.AsMemory()).AsTask();
        var got = new List<byte>();
        while (got.Count < sent.Length)
        {
            switch (random.Next(4))
            {
                case 0: _input.Widen(); break;
                case 1: _input.Narrow(); break;
                case 2: Assert.False(_input.WasReset()); break;
            }

            if (sent.Length - got.Count > _input.Unread.Length)
            {
                Assert.Equal(InputOutcome.Data, await ReadAsync());
            }

            var piece = _input.Unread.Slice(0, random.NextInt64(_input.Unread.Length + 1)).ToArray();
            got.AddRange(piece);
            _input.Consume(piece.Length);
        }

        await sending;
        Assert.Equal(sent, got);
    }

    [Fact]
    public async Task A_client_that_ends_its_input_is_noticed_while_nobody_reads_and_is_no_reset()
    {
        await _client.SendAsync("QUIT\r\n"u8.ToArray());
        _client.Shutdown(SocketShutdown.Send);

        await Eventually.True(_input.IsGone, "the end is seen behind what came before it");

        Assert.False(_input.WasReset());
        Assert.Equal("QUIT\r\n", Take());
        Assert.Equal(InputOutcome.Ended, await ReadAsync());
    }

    [Fact]
    public async Task A_client_that_is_reset_is_noticed_while_nobody_reads()
    {
        Assert.False(_input.WasReset());
        _client.LingerState = new LingerOption(true, 0);
        _client.Close();

        await Eventually.True(_input.WasReset, "the reset is seen");
        Assert.Equal(InputOutcome.Reset, await ReadAsync());
    }

    [Fact]
    public async Task Who_waits_for_something_else_is_told_when_the_client_goes()
    {
        var gone = new TaskCompletionSource();
        await using var registration = _input.WhenGone().Register(gone.SetResult);
        _client.Close();
        await gone.Task.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);

        Assert.True(_input.WhenGone().IsCancellationRequested);
    }

    [Fact]
    public async Task A_client_that_sends_and_sends_while_nobody_reads_is_read_ahead_no_further_than_a_little()
    {
        var sending = _client.SendAsync(new byte[20_000_000].AsMemory()).AsTask();
        for (var i = 0; i < 1000; i++)
        {
            Assert.False(_input.IsGone());
        }

        Assert.InRange(_input.Unread.Length, 0, 64 * 1024);
        _served.Dispose();
        await Assert.ThrowsAnyAsync<SocketException>(() => sending);
    }

    private ValueTask<InputOutcome> ReadAsync(long final = long.MaxValue, long stall = long.MaxValue) => _input.ReadAsync(final, stall, mayLeave: false);

    private string Take()
    {
        var text = Encoding.ASCII.GetString(_input.Unread);
        _input.Consume(_input.Unread.Length);
        return text;
    }
}
