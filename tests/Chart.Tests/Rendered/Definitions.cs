using RelayOperator.TestKit;
using RelayOperator.TestKit.Schema;

namespace RelayOperator.Chart.Tests.Rendered;

/// <summary>The two CRDs, as an API server holds them against a pool or a hub.</summary>
internal static class Definitions
{
    private static readonly Dictionary<string, CustomResource> ByKind = Directory
        .EnumerateFiles(Path.Combine(Repository.Root, "charts", "relay-operator", "templates", "crds"))
        .Select(CustomResource.Load)
        .ToDictionary(definition => definition.Kind, StringComparer.Ordinal);

    /// <summary>Unknown fields and faults of a pool or a hub; none of what is neither.</summary>
    public static IEnumerable<string> Faults(Manifest manifest)
    {
        if (!ByKind.TryGetValue(manifest.Kind, out var definition))
        {
            return [];
        }

        var (_, unknown, faults) = definition.Admit(manifest.Content);
        return [.. unknown.Select(path => $"{manifest}: unknown field {path}"), .. faults.Select(fault => $"{manifest}: {fault}")];
    }
}
