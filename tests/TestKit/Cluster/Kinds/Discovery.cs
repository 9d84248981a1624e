using System.Text.Json.Nodes;

namespace RelayOperator.TestKit.Cluster.Kinds;

/// <summary>The documents that tell clients what is served.</summary>
public sealed class Discovery(KindRegistry kinds)
{
    private static readonly string[] Verbs = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];

    public static JsonObject Version() => new()
    {
        ["major"] = "1",
        ["minor"] = "29",
        ["gitVersion"] = "v1.29.0",
        ["gitCommit"] = "0000000000000000000000000000000000000000",
        ["gitTreeState"] = "clean",
        ["buildDate"] = "2023-12-13T00:00:00Z",
        ["goVersion"] = "go1.21.5",
        ["compiler"] = "gc",
        ["platform"] = "linux/amd64",
    };

    public static JsonObject CoreVersions() => new()
    {
        ["kind"] = "APIVersions",
        ["versions"] = new JsonArray("v1"),
        ["serverAddressByClientCIDRs"] = new JsonArray(),
    };

    public JsonObject Groups() => new()
    {
        ["kind"] = "APIGroupList",
        ["apiVersion"] = "v1",
        ["groups"] = new JsonArray([.. kinds.All.Select(kind => kind.Group).Where(group => group.Length > 0).Distinct().Order(StringComparer.Ordinal).Select(name => (JsonNode)GroupOf(name))]),
    };

    /// <summary>Null where nothing of that group is served.</summary>
    public JsonObject? Group(string name) => kinds.All.Any(kind => kind.Group == name) ? GroupOf(name) : null;

    /// <summary>Null where nothing of that group and version is served.</summary>
    public JsonObject? Resources(string group, string version)
    {
        var served = kinds.All.Where(kind => kind.Group == group && kind.Version == version).OrderBy(kind => kind.Plural, StringComparer.Ordinal).ToList();
        return served.Count == 0 ? null : new JsonObject
        {
            ["kind"] = "APIResourceList",
            ["apiVersion"] = "v1",
            ["groupVersion"] = served[0].ApiVersion,
            ["resources"] = new JsonArray([.. served.SelectMany(Entries)]),
        };
    }

    private static IEnumerable<JsonNode> Entries(ResourceKind kind)
    {
        var main = Entry(kind, kind.Plural, kind.Kind, Verbs);
        main["singularName"] = kind.Singular;
        main["shortNames"] = new JsonArray([.. kind.ShortNames.Select(name => (JsonNode)name)]);
        main["categories"] = new JsonArray([.. kind.Categories.Select(name => (JsonNode)name)]);
        yield return main;
        if (kind.HasStatus)
        {
            yield return Entry(kind, kind.Plural + "/status", kind.Kind, ["get", "patch", "update"]);
        }
        if (kind.Scale is not null)
        {
            var scale = Entry(kind, kind.Plural + "/scale", "Scale", ["get", "patch", "update"]);
            scale["group"] = "autoscaling";
            scale["version"] = "v1";
            yield return scale;
        }
    }

    private static JsonObject Entry(ResourceKind kind, string name, string type, string[] verbs) => new()
    {
        ["name"] = name,
        ["singularName"] = "",
        ["namespaced"] = kind.Namespaced,
        ["kind"] = type,
        ["verbs"] = new JsonArray([.. verbs.Select(verb => (JsonNode)verb)]),
    };

    private JsonObject GroupOf(string name)
    {
        var versions = kinds.All.Where(kind => kind.Group == name).Select(kind => kind.Version).Distinct()
            .Select(version => new JsonObject { ["groupVersion"] = $"{name}/{version}", ["version"] = version }).ToList();
        return new JsonObject
        {
            ["kind"] = "APIGroup",
            ["apiVersion"] = "v1",
            ["name"] = name,
            ["versions"] = new JsonArray([.. versions]),
            ["preferredVersion"] = versions[0].DeepClone(),
        };
    }
}
