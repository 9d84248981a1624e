using System.Text.Json.Nodes;

namespace RelayOperator.TestKit.Cluster.Store;

/// <summary>Which labels are meant: the query form <c>a=b,c!=d,e in (f,g),h,!i</c> and the object form of matchLabels and matchExpressions.</summary>
public sealed class LabelSelector
{
    public static readonly LabelSelector Everything = new([]);
    private static readonly LabelSelector s_nothing = new([new("", "Nothing", [])]);

    private readonly IReadOnlyList<Requirement> _requirements;

    private LabelSelector(IReadOnlyList<Requirement> requirements) => _requirements = requirements;

    public static LabelSelector Parse(string? query)
    {
        if (string.IsNullOrWhiteSpace(query))
        {
            return Everything;
        }
        return new LabelSelector([.. Terms(query).Select(ParseTerm)]);
    }

    /// <summary>The object form; null selects nothing, an empty one everything.</summary>
    public static LabelSelector Of(JsonNode? selector)
    {
        if (selector is not JsonObject map)
        {
            return s_nothing;
        }
        var requirements = new List<Requirement>();
        if (map["matchLabels"] is JsonObject labels)
        {
            requirements.AddRange(labels.Select(l => new Requirement(l.Key, "In", [l.Value.Text() ?? ""])));
        }
        requirements.AddRange(map["matchExpressions"].Items().Select(e =>
            new Requirement(e.At("key").Text() ?? "", e.At("operator").Text() ?? "", [.. e.At("values").Texts()])));
        return new LabelSelector(requirements);
    }

    /// <summary>The plain map form of a Service; null or empty selects nothing.</summary>
    public static LabelSelector OfMap(JsonNode? labels) => labels is JsonObject { Count: > 0 } map
        ? new LabelSelector([.. map.Select(l => new Requirement(l.Key, "In", [l.Value.Text() ?? ""]))])
        : s_nothing;

    public bool Matches(JsonObject target) => _requirements.All(requirement => requirement.Holds(target.Label(requirement.Key)));

    /// <summary>The query form, with keys in order.</summary>
    public override string ToString() => string.Join(',', _requirements.OrderBy(r => r.Key, StringComparer.Ordinal).Select(r => r.ToString()));

    /// <summary>Commas within parentheses part values, not terms.</summary>
    private static IEnumerable<string> Terms(string query)
    {
        var depth = 0;
        var start = 0;
        for (var i = 0; i <= query.Length; i++)
        {
            if (i == query.Length || (query[i] == ',' && depth == 0))
            {
                yield return query[start..i].Trim();
                start = i + 1;
                continue;
            }
            depth += query[i] switch { '(' => 1, ')' => -1, _ => 0 };
        }
    }

    private static Requirement ParseTerm(string term)
    {
        if (term.EndsWith(')') && term.IndexOf('(', StringComparison.Ordinal) is > 0 and var open)
        {
            var head = term[..open].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            var values = term[(open + 1)..^1].Split(',', StringSplitOptions.TrimEntries);
            return head switch
            {
                [var key, "in"] => new(key, "In", values),
                [var key, "notin"] => new(key, "NotIn", values),
                _ => throw Unreadable(term),
            };
        }
        if (term.Split("!=") is [var differs, var unwanted])
        {
            return new(differs.Trim(), "NotIn", [unwanted.Trim()]);
        }
        if (term.Replace("==", "=", StringComparison.Ordinal).Split('=') is [var equal, var wanted])
        {
            return new(equal.Trim(), "In", [wanted.Trim()]);
        }
        if (term.Length == 0 || term.Contains(' ', StringComparison.Ordinal))
        {
            throw Unreadable(term);
        }
        return term[0] == '!' ? new(term[1..], "DoesNotExist", []) : new(term, "Exists", []);
    }

    private static RefusalException Unreadable(string term) => RefusalException.BadRequest($"unable to parse requirement: {term}");

    private sealed record Requirement(string Key, string Operator, string[] Values)
    {
        public bool Holds(string? value) => Operator switch
        {
            "In" => value is not null && Values.Contains(value),
            "NotIn" => value is null || !Values.Contains(value),
            "Exists" => value is not null,
            "DoesNotExist" => value is null,
            _ => false,
        };

        public override string ToString() => Operator switch
        {
            "In" when Values.Length == 1 => $"{Key}={Values[0]}",
            "In" => $"{Key} in ({string.Join(',', Values)})",
            "NotIn" => $"{Key} notin ({string.Join(',', Values)})",
            "DoesNotExist" => "!" + Key,
            _ => Key,
        };
    }
}
