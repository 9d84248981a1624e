using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using k8s.Models;
using RelayOperator.Operator.Gather;

namespace RelayOperator.Operator.Derive;

/// <summary>The Secret that the pods read and watch.</summary>
public static class ConfigSecret
{
    internal static V1Secret Pool(
        GatheredPool pool, OperatorSettings settings, ConfigRendering config, ImmutableSortedDictionary<string, byte[]> data)
    {
        var metadata = PoolMetadata.Of(pool, settings, PoolNames.Config(pool));
        metadata.Annotations = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            [PoolNames.HashAnnotation] = config.Hash,
            [PoolNames.SequenceAnnotation] = config.Sequence.ToString(CultureInfo.InvariantCulture),
            [PoolNames.DrainingAnnotation] = JsonSerializer.Serialize(config.Draining),
        };
        return new V1Secret
        {
            ApiVersion = "v1",
            Kind = "Secret",
            Metadata = metadata,
            Type = "Opaque",
            Data = new Dictionary<string, byte[]>(data, StringComparer.Ordinal),
        };
    }

    /// <summary>What stands in such a Secret; null where it holds no configuration. An annotation spoilt by hand counts as missing.</summary>
    public static WrittenConfig? Read(V1Secret secret)
    {
        if (secret.Data is null || !secret.Data.ContainsKey(PoolNames.ConfigKey))
        {
            return null;
        }

        return new WrittenConfig(
            secret.Data.ToImmutableSortedDictionary(StringComparer.Ordinal),
            Annotation(secret, PoolNames.HashAnnotation),
            long.TryParse(Annotation(secret, PoolNames.SequenceAnnotation), NumberStyles.None, CultureInfo.InvariantCulture, out var sequence) ? sequence : 0,
            Draining(Annotation(secret, PoolNames.DrainingAnnotation)));
    }

    private static string Annotation(V1Secret secret, string name) => secret.Metadata?.Annotations?.TryGetValue(name, out var value) == true ? value : "";

    private static ImmutableSortedDictionary<string, long> Draining(string json)
    {
        try
        {
            var read = json.Length == 0 ? null : JsonSerializer.Deserialize<Dictionary<string, long>>(json);
            return (read ?? []).ToImmutableSortedDictionary(StringComparer.Ordinal);
        }
        catch (JsonException)
        {
            return ImmutableSortedDictionary.Create<string, long>(StringComparer.Ordinal);
        }
    }
}
