using System.Text.Json;

namespace RelayOperator.Operator.Cluster;

/// <summary>A few texts by their names, as small as can be: there is one for every object that is watched.</summary>
public sealed class TextMap
{
    private readonly KeyValuePair<string, string>[] _entries;

    private TextMap(KeyValuePair<string, string>[] entries) => _entries = entries;

    public static TextMap Empty { get; } = new([]);

    /// <summary>The entries of a JSON object whose names are wanted; names are shared among all maps.</summary>
    public static TextMap Of(JsonElement map, Func<string, bool> isWanted)
    {
        if (map.ValueKind != JsonValueKind.Object)
        {
            return Empty;
        }

        var entries = map.EnumerateObject().Where(entry => isWanted(entry.Name))
            .Select(entry => KeyValuePair.Create(string.Intern(entry.Name), entry.Value.GetString() ?? "")).ToArray();
        return entries.Length == 0 ? Empty : new TextMap(entries);
    }

    public bool TryGetValue(string name, out string value)
    {
        foreach (var entry in _entries)
        {
            if (entry.Key == name)
            {
                value = entry.Value;
                return true;
            }
        }

        value = "";
        return false;
    }

    public string? GetValueOrDefault(string name) => TryGetValue(name, out var value) ? value : null;

    public string GetValueOrDefault(string name, string otherwise) => TryGetValue(name, out var value) ? value : otherwise;
}
