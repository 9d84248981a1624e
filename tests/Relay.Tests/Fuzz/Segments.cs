using System.Buffers;

namespace RelayOperator.Relay.Tests.Fuzz;

/// <summary>Octets in several pieces of memory, as a connection's buffer may hold them.</summary>
internal sealed class Segments : ReadOnlySequenceSegment<byte>
{
    public static ReadOnlySequence<byte> Of(byte[][] pieces)
    {
        var first = new Segments();
        var last = first;
        foreach (var piece in pieces)
        {
            var next = new Segments { Memory = piece, RunningIndex = last.RunningIndex + last.Memory.Length };
            last.Next = next;
            last = next;
        }

        return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
    }
}
