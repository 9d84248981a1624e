using System.Text.Json.Nodes;

namespace RelayOperator.TestKit.Cluster.Access;

/// <summary>One rule of a Role or ClusterRole.</summary>
public sealed record PolicyRule(
    IReadOnlyList<string> Verbs, IReadOnlyList<string> Groups, IReadOnlyList<string> Resources, IReadOnlyList<string> Names, IReadOnlyList<string> Urls)
{
    public static IEnumerable<PolicyRule> Of(JsonObject role) => role["rules"].Items().Select(rule => new PolicyRule(
        [.. rule["verbs"].Texts()], [.. rule["apiGroups"].Texts()], [.. rule["resources"].Texts()], [.. rule["resourceNames"].Texts()], [.. rule["nonResourceURLs"].Texts()]));

    public bool Allows(AccessQuestion question) => question.Url is { } url
        ? Has(Verbs, question.Verb) && Urls.Any(known => known == "*" || known == url || (known.EndsWith('*') && url.StartsWith(known[..^1], StringComparison.Ordinal)))
        : Has(Verbs, question.Verb) && Has(Groups, question.Group) && HasResource(question) && (Names.Count == 0 || Names.Contains(question.Name));

    /// <summary>Every single permission that the rule gives, for holding it against what somebody has.</summary>
    public IEnumerable<AccessQuestion> Questions(string space)
    {
        foreach (var verb in Verbs)
        {
            foreach (var url in Urls)
            {
                yield return new AccessQuestion(verb, "", "", "", "", "", url);
            }
            foreach (var group in Groups)
            {
                foreach (var resource in Resources)
                {
                    var (main, sub) = resource.Split('/', 2) is [var plural, var below] ? (plural, below) : (resource, "");
                    foreach (var name in Names.DefaultIfEmpty(""))
                    {
                        yield return new AccessQuestion(verb, group, main, sub, space, name);
                    }
                }
            }
        }
    }

    public override string ToString()
    {
        var parts = new List<string>();
        Add("APIGroups", Groups);
        Add("Resources", Resources);
        Add("ResourceNames", Names);
        Add("NonResourceURLs", Urls);
        Add("Verbs", Verbs);
        return $"{{{string.Join(", ", parts)}}}";

        void Add(string title, IReadOnlyList<string> values)
        {
            if (values.Count > 0)
            {
                parts.Add($"{title}:[{string.Join(' ', values.Select(value => $"\"{value}\""))}]");
            }
        }
    }

    private bool HasResource(AccessQuestion question) => question.Subresource.Length == 0
        ? Has(Resources, question.Resource)
        : Has(Resources, $"{question.Resource}/{question.Subresource}") || Resources.Contains("*/" + question.Subresource);

    private static bool Has(IReadOnlyList<string> allowed, string asked) => allowed.Contains("*") || allowed.Contains(asked);
}
