using System.Text.Json.Nodes;

namespace RelayOperator.TestKit.Cluster.Writing;

/// <summary>How to delete.</summary>
public sealed record RemovalOptions
{
    /// <summary>Refused with 409 unless the object has it; null for any.</summary>
    public string? Uid { get; init; }

    /// <summary>Refused with 409 unless the object has it; null for any.</summary>
    public string? ResourceVersion { get; init; }

    /// <summary>Foreground, Background or Orphan.</summary>
    public string Propagation { get; init; } = "Background";

    /// <summary>For pods; null takes the pod's own.</summary>
    public long? GraceSeconds { get; init; }

    public bool DryRun { get; init; }

    /// <summary>From a DeleteOptions body, and from the query where that has more.</summary>
    public static RemovalOptions Read(JsonNode? body, Func<string, string?> query) => new()
    {
        Uid = body.At("preconditions", "uid").Text(),
        ResourceVersion = body.At("preconditions", "resourceVersion").Text(),
        Propagation = body.At("propagationPolicy").Text() ?? query("propagationPolicy") ?? (body.At("orphanDependents").Flag() == true ? "Orphan" : "Background"),
        GraceSeconds = body.At("gracePeriodSeconds").Number() ?? (long.TryParse(query("gracePeriodSeconds"), out var seconds) ? seconds : null),
        DryRun = query("dryRun") == "All" || body.At("dryRun").Texts().Contains("All"),
    };
}
