using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace RelayOperator.Operator.Rollouts;

/// <summary>
/// What stands on a workload about its pod template, as an annotation, so that the next operator knows it, of whatever
/// version. An annotation that was spoilt by hand counts as missing.
/// </summary>
public sealed record RolloutMark
{
    private static readonly JsonSerializerOptions Format = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, // A + stays one, for people.
    };

    /// <summary>The template in force; null where it was not this kind of operator that wrote it.</summary>
    public TemplateVersion? InForce { get; init; }

    /// <summary>The template that waits for its turn; null for none.</summary>
    public TemplateVersion? Waiting { get; init; }

    /// <summary>When an upgrade began to replace the pods; null where that is over, or was the user's wish.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>Whether all pods were ready before.</summary>
    public bool WasReady { get; init; }

    /// <summary>Reads an annotation; null where there is none, or none that makes sense.</summary>
    public static RolloutMark? Parse(string? annotation)
    {
        try
        {
            return string.IsNullOrEmpty(annotation) ? null : JsonSerializer.Deserialize<RolloutMark>(annotation, Format);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>The annotation.</summary>
    public override string ToString() => JsonSerializer.Serialize(this, Format);
}
