using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace RelayOperator.Operator.Cluster;

/// <summary>Tells contents apart by 128 bits of SHA-256, where keeping them would take more.</summary>
internal sealed class ContentHash : IDisposable
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    public static UInt128 Of(ReadOnlySpan<byte> content) => Short(SHA256.HashData(content));

    /// <summary>A value under its name.</summary>
    public void Add(string name, JsonElement value)
    {
        _hash.AppendData(Encoding.UTF8.GetBytes($"\n{name}\n"));
        if (value.ValueKind != JsonValueKind.Undefined)
        {
            _hash.AppendData(JsonMarshal.GetRawUtf8Value(value));
        }
    }

    public UInt128 Finish()
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        _hash.GetHashAndReset(hash);
        return Short(hash);
    }

    public void Dispose() => _hash.Dispose();

    private static UInt128 Short(ReadOnlySpan<byte> hash) => BinaryPrimitives.ReadUInt128BigEndian(hash);
}
