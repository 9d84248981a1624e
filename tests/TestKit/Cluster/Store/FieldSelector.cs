using System.Text.Json.Nodes;
using RelayOperator.TestKit.Cluster.Kinds;

namespace RelayOperator.TestKit.Cluster.Store;

/// <summary>Which fields are meant: <c>metadata.name=a,spec.nodeName!=b</c>. Only the fields that the real server indexes.</summary>
public sealed class FieldSelector
{
    private static readonly Dictionary<string, string[]> Known = new(StringComparer.Ordinal)
    {
        ["pods"] = ["spec.nodeName", "spec.restartPolicy", "spec.schedulerName", "spec.serviceAccountName", "status.phase", "status.podIP"],
        ["events"] = ["involvedObject.kind", "involvedObject.namespace", "involvedObject.name", "involvedObject.uid", "involvedObject.apiVersion", "reason", "type"],
        ["events.events.k8s.io"] = ["regarding.kind", "regarding.namespace", "regarding.name", "regarding.uid", "reason", "type"],
        ["secrets"] = ["type"],
        ["namespaces"] = ["status.phase"],
    };

    private readonly IReadOnlyList<(string[] Path, string Value, bool Equal)> _terms;

    private FieldSelector(IReadOnlyList<(string[], string, bool)> terms) => _terms = terms;

    public static FieldSelector Parse(string? query, ResourceKind kind)
    {
        if (string.IsNullOrWhiteSpace(query))
        {
            return new FieldSelector([]);
        }
        var terms = new List<(string[], string, bool)>();
        foreach (var term in query.Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            var equal = !term.Contains("!=", StringComparison.Ordinal);
            if ((equal ? term.Replace("==", "=", StringComparison.Ordinal).Split('=') : term.Split("!=")) is not [var field, var value])
            {
                throw RefusalException.BadRequest($"invalid selector: '{query}'; can't understand '{term}'");
            }
            if (field is not ("metadata.name" or "metadata.namespace") && !Known.GetValueOrDefault(kind.Resource, []).Contains(field))
            {
                throw RefusalException.BadRequest($"field label not supported: {field}");
            }
            terms.Add((field.Split('.'), value, equal));
        }
        return new FieldSelector(terms);
    }

    /// <summary>The one name that is asked for, which is what a rule with resourceNames is held against.</summary>
    public string? Name => _terms.FirstOrDefault(term => term.Equal && term.Path is ["metadata", "name"]).Value;

    public bool Matches(JsonObject target) => _terms.All(term => (target.At(term.Path).Text() ?? "") == term.Value == term.Equal);
}
