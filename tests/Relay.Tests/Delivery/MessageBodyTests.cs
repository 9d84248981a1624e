using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Time.Testing;
using RelayOperator.Relay.Delivery;
using RelayOperator.Relay.Hubs;
using RelayOperator.Relay.Timing;
using RelayOperator.TestKit;
using Xunit;

namespace RelayOperator.Relay.Tests.Delivery;

public sealed class MessageBodyTests : IDisposable
{
    private static readonly byte[] End = ".\r\n"u8.ToArray();

    private readonly FakeTimeProvider _time = new();
    private readonly TempFolder _folder = new();
    private readonly BodyBudget _memory;
    private readonly BodyBudget _temp;

    public MessageBodyTests()
    {
        _memory = new BodyBudget(1 << 20, _time);
        _temp = new BodyBudget(4 << 20, _time);
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(16 * 1024)]
    [InlineData(MessageBody.MemoryBytes)]
    [InlineData(MessageBody.MemoryBytes + (128 * 1024))]
    [InlineData(3_000_000)]
    public async Task What_was_written_is_read_again_as_often_as_wanted(int octets)
    {
        using var body = Body();
        var written = await FillAsync(body, octets);

        for (var attempt = 0; attempt < 2; attempt++)
        {
            Assert.Equal(written.Concat(End), await SentAsync(hub => body.SendAsync(hub, dot: true)));
            Assert.Equal(written, await SentAsync(hub => body.SendAsync(hub, dot: false)));
        }
    }

    [Fact]
    public async Task An_empty_body_is_a_dot()
    {
        using var body = Body();
        Assert.Equal(End, await SentAsync(hub => body.SendAsync(hub, dot: true)));
    }

    [Fact]
    public async Task Pieces_that_are_streamed_as_they_come_make_the_same_message()
    {
        using var body = Body();
        var streamed = new List<byte>();
        var written = await FillAsync(body, 900_000, async wasLarge =>
        {
            if (wasLarge)
            {
                streamed.AddRange(await SentAsync(hub => body.SendTailAsync(hub, dot: false)));
            }
            else if (body.IsLarge)
            {
                streamed.AddRange(await SentAsync(hub => body.SendAsync(hub, dot: false)));
            }
        });
        streamed.AddRange(await SentAsync(hub => body.SendTailAsync(hub, dot: true)));

        Assert.Equal(written.Concat(End), streamed);
    }

    [Fact]
    public async Task Only_the_beginning_stays_in_memory_and_the_rest_has_no_name()
    {
        using var body = Body();
        await FillAsync(body, 3_000_000);

        Assert.True(body.IsLarge);
        Assert.InRange(_memory.Used, MessageBody.MemoryBytes, MessageBody.MemoryBytes + (128 * 1024));
        Assert.InRange(_temp.Used, 2_700_000, 3_000_000);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder.Path));
        Assert.Contains(OpenFiles(), file => file.StartsWith(_folder.Path, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Everything_is_given_back_at_the_end()
    {
        var body = Body();
        await FillAsync(body, 3_000_000);

        body.Dispose();
        body.Dispose();

        Assert.Equal((0, 0), (_memory.Used, _temp.Used));
        Assert.DoesNotContain(OpenFiles(), file => file.StartsWith(_folder.Path, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(100_000, 1 << 20)]
    [InlineData(1 << 20, 100_000)]
    [InlineData(1 << 20, 0)]
    public async Task At_the_budget_the_writer_pauses_and_is_refused_in_the_end(int memory, int temp)
    {
        var (small, file) = (new BodyBudget(memory, _time), new BodyBudget(temp, _time));
        using (var body = new MessageBody(small, file, _folder.Path))
        {
            var filling = FillAsync(body, 3_000_000);
            Assert.False(filling.IsCompletedSuccessfully);
            await Eventually.True(
                () =>
                {
                    _time.Advance(TimeSpan.FromSeconds(1));
                    return filling.IsCompleted;
                },
                "it is refused");
            await Assert.ThrowsAsync<NoRoomException>(() => filling);
        }

        Assert.Equal((0, 0), (small.Used, file.Used));
    }

    [Fact]
    public async Task A_writer_that_pauses_goes_on_when_another_is_done()
    {
        var memory = new BodyBudget(150_000, _time);
        var first = new MessageBody(memory, _temp, _folder.Path);
        await FillAsync(first, 100_000);
        using var second = new MessageBody(memory, _temp, _folder.Path);
        var filling = FillAsync(second, 100_000);
        Assert.False(filling.IsCompleted);

        first.Dispose();

        Assert.Equal(100_000, (await filling).Length);
    }

    [Fact]
    public async Task Without_a_folder_to_write_to_there_is_no_room()
    {
        using (var body = new MessageBody(_memory, _temp, Path.Combine(_folder.Path, "missing")))
        {
            await Assert.ThrowsAsync<NoRoomException>(() => FillAsync(body, 3_000_000));
        }

        Assert.Equal((0, 0), (_memory.Used, _temp.Used));
    }

    private MessageBody Body() => new(_memory, _temp, _folder.Path);

    private static async Task<byte[]> FillAsync(MessageBody body, int octets, Func<bool, Task>? whenFull = null)
    {
        var content = new byte[octets];
        new Random(octets).NextBytes(content);
        for (var at = 0; at < octets;)
        {
            if (body.Room.IsEmpty)
            {
                var wasLarge = body.IsLarge;
                if (wasLarge && whenFull is not null)
                {
                    await whenFull(true);
                }

                if (!await body.MakeRoomAsync(1, static () => CancellationToken.None))
                {
                    throw new NoRoomException();
                }

                if (!wasLarge && whenFull is not null)
                {
                    await whenFull(false);
                }
            }

            // Room that is not used to its end, as an encoder leaves it.
            var count = Math.Min(Math.Min(octets - at, body.Room.Length), 50_001);
            content.AsSpan(at, count).CopyTo(body.Room.Span);
            body.Advance(count);
            at += count;
        }

        Assert.Equal(octets, body.Length);
        return content;
    }

    private static async Task<byte[]> SentAsync(Func<HubConnection, ValueTask<HubFault>> send)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(listener.LocalEndpoint);
        using var hub = await listener.AcceptSocketAsync();
        var arrived = new MemoryStream();
        using var sweep = new DeadlineSweep(TimeProvider.System);
        var reading = new NetworkStream(hub).CopyToAsync(arrived);
        using (var connection = new HubConnection(socket, new NetworkStream(socket), sweep, new HubTimeouts()))
        {
            Assert.Equal(HubFault.None, await send(connection));
        }

        await reading;
        return arrived.ToArray();
    }

    private static IEnumerable<string> OpenFiles() =>
        Directory.EnumerateFiles("/proc/self/fd").Select(file => new FileInfo(file).LinkTarget ?? "");

    private sealed class NoRoomException : Exception;
}
