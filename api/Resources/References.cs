using System.Collections.Immutable;
using RelayOperator.Api.Binding;

namespace RelayOperator.Api;

/// <summary>Names a Secret in the object's own namespace.</summary>
public sealed record SecretReference
{
    /// <summary>The Secret's name.</summary>
    [RequiredField, Text(TextFormat.ObjectName, 253)]
    public string Name { get; init; } = "";
}

/// <summary>Which HubTransports a route uses.</summary>
public sealed record HubSelection
{
    /// <summary>Selects HubTransports of the pool's namespace by their labels.</summary>
    public HubSelector Selector { get; init; } = new();
}

/// <summary>A label selector.</summary>
public sealed record HubSelector
{
    /// <summary>Labels that a HubTransport must all carry. Empty: selects nothing.</summary>
    [Items(0, 16), Text(TextFormat.Any, 63)]
    public ImmutableSortedDictionary<string, string> MatchLabels { get; init; } = Maps.Empty;

    /// <summary>Whether an object with these labels is selected.</summary>
    public bool Selects(ImmutableSortedDictionary<string, string> labels)
    {
        foreach (var (key, value) in MatchLabels)
        {
            if (!labels.TryGetValue(key, out var actual) || actual != value)
            {
                return false;
            }
        }

        return MatchLabels.Count > 0;
    }
}
