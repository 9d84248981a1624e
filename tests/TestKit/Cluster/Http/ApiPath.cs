namespace RelayOperator.TestKit.Cluster.Http;

/// <summary>The path of a resource: /api/v1/… or /apis/GROUP/VERSION/….</summary>
public sealed record ApiPath(string Group, string Version, string Namespace, string Resource, string Name, string Subresource)
{
    /// <summary>Null for paths that are no resource.</summary>
    public static ApiPath? Parse(string path)
    {
        var steps = path.Trim('/').Split('/').Select(Uri.UnescapeDataString).ToArray();
        var (group, version, rest) = steps switch
        {
            ["api", var v, .. var r] => ("", v, r),
            ["apis", var g, var v, .. var r] => (g, v, r),
            _ => ("", "", []),
        };
        // /namespaces/N/status and /namespaces/N are about the namespace itself.
        return rest switch
        {
            [] => null,
            ["namespaces", var space, "status"] when group.Length == 0 => new(group, version, "", "namespaces", space, "status"),
            ["namespaces", var space, "finalize"] when group.Length == 0 => new(group, version, "", "namespaces", space, "finalize"),
            ["namespaces", var space, var resource, .. var more] => Of(group, version, space, resource, more),
            [var resource, .. var more] => Of(group, version, "", resource, more),
        };
    }

    private static ApiPath? Of(string group, string version, string space, string resource, string[] more) => more switch
    {
        [] => new(group, version, space, resource, "", ""),
        [var name] => new(group, version, space, resource, name, ""),
        [var name, var subresource] => new(group, version, space, resource, name, subresource),
        _ => null,
    };
}
