using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace RelayOperator.TestKit;

/// <summary>
/// A name server by UDP on 127.0.0.1 (RFC 1035). Records are written as in a zone file without class:
/// <c>Set("hub.test", "MX", 60, "10 mx1.hub.test")</c>.
/// </summary>
public sealed class DnsStub : IAsyncDisposable
{
    private static readonly Dictionary<string, int> Types = new(StringComparer.Ordinal) { ["A"] = 1, ["MX"] = 15, ["AAAA"] = 28, ["SRV"] = 33 };

    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly ConcurrentDictionary<(string Name, int Type), (int Ttl, string[] Records)> _zone = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _serving;
    private int _queries;

    public DnsStub()
    {
        _socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _serving = ServeAsync();
    }

    public IPEndPoint EndPoint => (IPEndPoint)_socket.LocalEndPoint!;

    /// <summary>Every question is answered with SERVFAIL.</summary>
    public bool Fails { get; set; }

    public int Queries => Volatile.Read(ref _queries);

    public DnsStub Set(string name, string type, int ttl, params string[] records)
    {
        _zone[(name, Types[type])] = (ttl, records);
        return this;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _serving;
        _socket.Dispose();
        _stop.Dispose();
    }

    private async Task ServeAsync()
    {
        var packet = new byte[1500];
        try
        {
            while (true)
            {
                var from = await _socket.ReceiveFromAsync(packet, new IPEndPoint(IPAddress.Any, 0), _stop.Token);
                Interlocked.Increment(ref _queries);
                await _socket.SendToAsync(Answer(packet.AsSpan(0, from.ReceivedBytes)), from.RemoteEndPoint, _stop.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // Disposed of.
        }
    }

    private byte[] Answer(ReadOnlySpan<byte> query)
    {
        var name = new StringBuilder();
        var at = 12;
        for (; query[at] != 0; at += query[at] + 1)
        {
            name.Append(name.Length == 0 ? "" : ".").Append(Encoding.ASCII.GetString(query.Slice(at + 1, query[at])));
        }

        var type = BinaryPrimitives.ReadUInt16BigEndian(query[(at + 1)..]);
        var question = query[12..(at + 5)];
        var (ttl, records) = _zone.GetValueOrDefault((name.ToString(), type), (0, []));
        var exists = _zone.Keys.Any(key => key.Name == name.ToString());
        var code = Fails ? 2 : exists ? 0 : 3;

        using var answer = new MemoryStream();
        answer.Write(query[..2]);
        Write(answer, 0x8180 | code);
        Write(answer, 1);
        Write(answer, Fails ? 0 : records.Length);
        Write(answer, 0);
        Write(answer, 0);
        answer.Write(question);
        foreach (var record in Fails ? [] : records)
        {
            var data = Data(type, record.Split(' '));
            Write(answer, 0xC00C); // the name in the question
            Write(answer, type);
            Write(answer, 1);
            Write(answer, ttl >> 16);
            Write(answer, ttl & 0xFFFF);
            Write(answer, data.Length);
            answer.Write(data);
        }

        return answer.ToArray();
    }

    private static byte[] Data(int type, string[] words)
    {
        if (words.Length == 1)
        {
            return type is 1 or 28 ? IPAddress.Parse(words[0]).GetAddressBytes() : Name(words[0]);
        }

        using var data = new MemoryStream();
        foreach (var number in words[..^1])
        {
            Write(data, int.Parse(number, CultureInfo.InvariantCulture));
        }

        data.Write(Name(words[^1]));
        return data.ToArray();
    }

    private static byte[] Name(string name)
    {
        using var octets = new MemoryStream();
        foreach (var label in name.Split('.', StringSplitOptions.RemoveEmptyEntries))
        {
            octets.WriteByte((byte)label.Length);
            octets.Write(Encoding.ASCII.GetBytes(label));
        }

        octets.WriteByte(0);
        return octets.ToArray();
    }

    private static void Write(MemoryStream stream, int number)
    {
        stream.WriteByte((byte)(number >> 8));
        stream.WriteByte((byte)number);
    }
}
