using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using k8s;
using k8s.Models;

namespace RelayOperator.Operator.Rollouts;

/// <summary>One pod template of a pool, named by who derived it and what came out.</summary>
/// <param name="Origin">The operator's build and settings: two templates of one origin differ only by what stands in the pool.</param>
/// <param name="Hash">Hash of the template as it was derived, without what the API server adds.</param>
public sealed record TemplateVersion(string Origin, string Hash)
{
    private const int Length = 16;

    /// <summary>
    /// Names this build and these settings. It may change for nothing: where the template stays the same nothing comes of
    /// it. So all settings are in it, also those that no template depends on yet.
    /// </summary>
    public static string OriginOf(OperatorSettings settings) =>
        Print($"{typeof(TemplateVersion).Module.ModuleVersionId}\n{JsonSerializer.Serialize(settings)}");

    public static TemplateVersion Of(string origin, V1PodTemplateSpec derived) => new(origin, Print(KubernetesJson.Serialize(derived)));

    private static string Print(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..Length];
}
