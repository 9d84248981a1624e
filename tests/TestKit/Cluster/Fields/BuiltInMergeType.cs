using System.Text.Json.Nodes;

namespace RelayOperator.TestKit.Cluster.Fields;

/// <summary>
/// What the built-in kinds' schemas say, from a table of the places that differ from the rule "lists are atomic,
/// structures are not". Places are found by the end of their path, since pod specs stand in several kinds.
/// </summary>
public sealed class BuiltInMergeType : MergeType
{
    private static readonly (string Kind, string End, string[] Keys)[] ListMaps =
    [
        ("", "metadata.ownerReferences", ["uid"]),
        ("", "status.conditions", ["type"]),
        ("Service", "spec.ports", ["port", "protocol"]),
        ("ServiceAccount", "secrets", ["name"]),
        ("", "spec.containers", ["name"]),
        ("", "spec.initContainers", ["name"]),
        ("", "spec.ephemeralContainers", ["name"]),
        ("", "spec.volumes", ["name"]),
        ("", "spec.imagePullSecrets", ["name"]),
        ("", "spec.hostAliases", ["ip"]),
        ("", "spec.topologySpreadConstraints", ["topologyKey", "whenUnsatisfiable"]),
        ("", "spec.schedulingGates", ["name"]),
        .. InContainers("env", "name"),
        .. InContainers("ports", "containerPort", "protocol"),
        .. InContainers("volumeMounts", "mountPath"),
        .. InContainers("volumeDevices", "devicePath"),
        .. InContainers("resources.claims", "name"),
        ("Pod", "status.podIPs", ["ip"]),
    ];

    private static readonly string[] Sets = ["metadata.finalizers"];

    private static readonly string[] Maps =
        ["metadata.labels", "metadata.annotations", "data", "stringData", "binaryData", "resources.requests", "resources.limits", "status.capacity", "status.allocatedResources"];

    private static readonly string[] AtomicMaps =
    [
        "spec.selector", "nodeSelector", "podSelector", "namespaceSelector", "labelSelector", "roleRef", "secretKeyRef", "configMapKeyRef",
        "fieldRef", "resourceFieldRef", "objectSelector", "targetRef", "claimRef",
    ];

    private readonly string _kind;
    private readonly string _path;

    /// <param name="kind">Of the object.</param>
    /// <param name="path">Empty for the object itself; items of lists are written <c>[]</c>.</param>
    public BuiltInMergeType(string kind, string path = "")
    {
        _kind = kind;
        _path = path;
    }

    public override ListMerge List => EndsWithAny(Sets) ? ListMerge.Set : Keys.Count > 0 ? ListMerge.Map : ListMerge.Atomic;

    public override bool IsAtomicMap => EndsWithAny(AtomicMaps);

    public override IReadOnlyList<string> Keys =>
        Array.Find(ListMaps, entry => (entry.Kind.Length == 0 || entry.Kind == _kind) && Ends(entry.End)).Keys ?? [];

    public override JsonNode? KeyDefault(string key) => key == "protocol" ? "TCP" : null;

    public override bool IsNamed(string field) => !EndsWithAny(Maps);

    public override MergeType Field(string field) => new BuiltInMergeType(_kind, _path.Length == 0 ? field : $"{_path}.{field}");

    public override MergeType Item => new BuiltInMergeType(_kind, _path + "[]");

    private bool EndsWithAny(string[] ends) => Array.Exists(ends, Ends);

    private bool Ends(string end) =>
        _path.EndsWith(end, StringComparison.Ordinal) && (_path.Length == end.Length || _path[_path.Length - end.Length - 1] == '.');

    private static IEnumerable<(string Kind, string End, string[] Keys)> InContainers(string field, params string[] keys) =>
        new[] { "containers", "initContainers", "ephemeralContainers" }.Select(list => ("", $"{list}[].{field}", keys));
}
