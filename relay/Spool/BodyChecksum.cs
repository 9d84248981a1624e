using System.Numerics;
using System.Runtime.InteropServices;

namespace RelayOperator.Relay.Spool;

/// <summary>CRC-32C, as processors compute it, of chunks; and of the sequence of a body's chunks.</summary>
public static class BodyChecksum
{
    public static uint Of(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        var words = MemoryMarshal.Cast<byte, ulong>(bytes);
        foreach (var word in words)
        {
            crc = BitOperations.Crc32C(crc, word);
        }

        foreach (var rest in bytes[(words.Length * sizeof(ulong))..])
        {
            crc = BitOperations.Crc32C(crc, rest);
        }

        return ~crc;
    }

    /// <summary>The body's checksum with one more chunk; begins with 0.</summary>
    public static uint Append(uint body, uint chunk) => BitOperations.Crc32C(body, chunk);
}
