using System.Collections.Immutable;
using System.Text;
using RelayOperator.Api.Binding;

namespace RelayOperator.Api;

/// <summary>A Kubernetes Secret, as far as a pool reads one.</summary>
public sealed record Secret
{
    /// <summary>v1.</summary>
    [RequiredField, Text(TextFormat.Any, 63)]
    public string ApiVersion { get; init; } = "v1";

    /// <summary>Secret.</summary>
    [RequiredField, Text(TextFormat.Any, 63)]
    public string Kind { get; init; } = nameof(Secret);

    /// <summary>Name and namespace of the Secret.</summary>
    [RequiredField]
    public ObjectMeta Metadata { get; init; } = new();

    /// <summary>kubernetes.io/tls, kubernetes.io/basic-auth or Opaque; only the keys matter to a pool.</summary>
    [Text(TextFormat.Any, 253)]
    public string Type { get; init; } = "Opaque";

    /// <summary>Values in base64.</summary>
    [Items(0, 64), Text(TextFormat.Any, 1048576), Sensitive]
    public ImmutableSortedDictionary<string, string> Data { get; init; } = Maps.Empty;

    /// <summary>Values as plain text; they beat data.</summary>
    [Items(0, 64), Text(TextFormat.Any, 1048576), Sensitive]
    public ImmutableSortedDictionary<string, string> StringData { get; init; } = Maps.Empty;

    /// <summary>Whether the cluster refuses changes; of no meaning to a relay.</summary>
    public bool Immutable { get; init; }

    /// <summary>The value of a key as text; null where the key is missing or not base64 of UTF-8.</summary>
    public string? Text(string key)
    {
        if (StringData.TryGetValue(key, out var plain))
        {
            return plain;
        }

        if (!Data.TryGetValue(key, out var encoded) || Decode(encoded) is not { } bytes)
        {
            return null;
        }

        try
        {
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }

    /// <summary>The keys that hold something, in order.</summary>
    public IEnumerable<string> Keys() => Data.Keys.Union(StringData.Keys, StringComparer.Ordinal).Order(StringComparer.Ordinal);

    /// <summary>Leaves the values out.</summary>
    public override string ToString() => $"Secret {{ Name = {Metadata.Name}, Keys = {string.Join(", ", Keys())} }}";

    /// <summary>The bytes behind base64 (line breaks are allowed); null where it is none.</summary>
    internal static byte[]? Decode(string encoded)
    {
        var bytes = new byte[encoded.Length];
        return Convert.TryFromBase64String(encoded, bytes, out var written) ? bytes[..written] : null;
    }
}
