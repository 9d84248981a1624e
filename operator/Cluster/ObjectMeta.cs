using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using RelayOperator.Operator.Derive;

namespace RelayOperator.Operator.Cluster;

/// <summary>What every object says of itself, as far as the operator asks.</summary>
public sealed record ObjectMeta
{
    public required string Namespace { get; init; }

    public required string Name { get; init; }

    public required string Uid { get; init; }

    /// <summary>Opaque, but for its order within one kind (see <see cref="IsNewerThan"/>).</summary>
    public required string ResourceVersion { get; init; }

    public long Generation { get; init; }

    /// <summary>The labels that say whose an object is, and the operator's own.</summary>
    public TextMap Labels { get; init; } = TextMap.Empty;

    /// <summary>The operator's own annotations.</summary>
    public TextMap Annotations { get; init; } = TextMap.Empty;

    /// <summary>The object is being deleted, and waits for its finalizers.</summary>
    public bool IsBeingDeleted { get; init; }

    public ImmutableArray<string> Finalizers { get; init; } = [];

    public ObjectKey Key => new(Namespace, Name);

    /// <summary>Reads the metadata of an object of any kind.</summary>
    public static ObjectMeta Of(JsonElement whole)
    {
        var meta = whole.GetProperty("metadata");
        return new ObjectMeta
        {
            Namespace = string.Intern(Text(meta, "namespace")),
            Name = Text(meta, "name"),
            Uid = Text(meta, "uid"),
            ResourceVersion = Text(meta, "resourceVersion"),
            Generation = meta.TryGetProperty("generation", out var generation) ? generation.GetInt64() : 0,
            Labels = TextMap.Of(JsonFields.Part(meta, "labels"), IsReadLabel),
            Annotations = TextMap.Of(JsonFields.Part(meta, "annotations"), IsOwn),
            IsBeingDeleted = Text(meta, "deletionTimestamp").Length != 0,
            Finalizers = meta.TryGetProperty("finalizers", out var finalizers) ? [.. finalizers.EnumerateArray().Select(item => item.GetString()!)] : [],
        };
    }

    /// <summary>
    /// Whether this is the later state of one object. API servers give resource versions out as rising numbers; where one
    /// is none, what came last counts as later.
    /// </summary>
    public bool IsNewerThan(ObjectMeta other) =>
        !ulong.TryParse(ResourceVersion, NumberStyles.None, CultureInfo.InvariantCulture, out var mine)
        || !ulong.TryParse(other.ResourceVersion, NumberStyles.None, CultureInfo.InvariantCulture, out var theirs)
        || mine > theirs;

    private static string Text(JsonElement meta, string name) => JsonFields.Text(meta, name);

    private static bool IsReadLabel(string name) => name is PoolLabels.Instance or PoolLabels.ServiceName || IsOwn(name);

    private static bool IsOwn(string name) => name.StartsWith("relayoperator.io/", StringComparison.Ordinal);
}
