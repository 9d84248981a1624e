using System.Collections.Immutable;
using System.Text.Json;
using RelayOperator.Api.Checks;
using RelayOperator.Api.Yaml;

namespace RelayOperator.Api;

/// <summary>An object of a cluster: as it is read, or what is wrong with it. One of the two is empty.</summary>
/// <param name="Value">The object; null where it has faults.</param>
/// <param name="Faults">What is wrong, for people.</param>
public sealed record ClusterObject<T>(T? Value, ImmutableArray<string> Faults)
    where T : class
{
    /// <summary>The object with its faults, as far as it can be read: enough to take it down, not to serve it. Null where it has none.</summary>
    public T? Faulty { get; init; }
}

/// <summary>
/// Reads and judges one object of a cluster by the rules that hold for files, so that nobody is served by a cluster what a
/// standalone relay would refuse. Bad input never throws: it comes back as faults.
/// </summary>
public static class ClusterObjects
{
    private const string OwnAnnotations = "relayoperator.io/";
    private const int MostFaults = 20;

    public static ClusterObject<RelayPool> Pool(JsonElement whole) =>
        Read(whole, reader => reader.Pools, PoolChecks.All);

    public static ClusterObject<HubTransport> Hub(JsonElement whole) => Read(whole, reader => reader.Hubs, HubChecks.All);

    private static ClusterObject<T> Read<T>(
        JsonElement whole, Func<DocumentReader, List<LoadedObject<T>>> which, IEnumerable<Func<T, IEnumerable<Finding>>> checks)
        where T : class
    {
        var reader = new DocumentReader("cluster");
        reader.Read(new YamlDocument(1, Judged(whole)));
        if (which(reader) is not [var loaded])
        {
            return new(null, ["the object is not of its kind"]);
        }

        foreach (var finding in checks.SelectMany(check => check(loaded.Value)))
        {
            loaded.Sheet.Add(finding);
        }

        return loaded.Sheet.Faults.Count == 0
            ? new(loaded.Value, [])
            : new(null, [.. loaded.Sheet.Faults.Take(MostFaults).Select(fault => $"{fault.Path}: found {fault.Found}; allowed: {fault.Allowed}")]) { Faulty = loaded.Value };
    }

    // The bookkeeping of the API server is no part of what is judged.
    private static YamlMapping Judged(JsonElement whole) => JsonNodes.Mapping(
        whole.EnumerateObject().Where(field => field.Name is "apiVersion" or "kind" or "spec" or "metadata")
            .Select(field => (field.Name, field.Name == "metadata" ? Metadata(field.Value) : JsonNodes.Of(field.Value))));

    private static YamlMapping Metadata(JsonElement metadata) => JsonNodes.Mapping(
        metadata.EnumerateObject().Where(field => field.Name is "name" or "namespace" or "uid" or "labels" or "annotations")
            .Select(field => (field.Name, field.Name == "annotations" ? Annotations(field.Value) : JsonNodes.Of(field.Value))));

    private static YamlMapping Annotations(JsonElement annotations) => JsonNodes.Mapping(
        annotations.EnumerateObject().Where(note => note.Name.StartsWith(OwnAnnotations, StringComparison.Ordinal))
            .Select(note => (note.Name, JsonNodes.Of(note.Value))));
}
