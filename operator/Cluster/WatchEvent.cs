using System.Text.Json;

namespace RelayOperator.Operator.Cluster;

/// <summary>One line of a watch.</summary>
/// <param name="Type">ADDED, MODIFIED, DELETED or BOOKMARK; an ERROR is thrown instead.</param>
/// <param name="Subject">The object; of a bookmark only its resource version.</param>
public sealed record WatchEvent(string Type, JsonElement Subject);
