namespace RelayOperator.TestKit.Cluster.Access;

/// <summary>Who makes a request.</summary>
public sealed record ClusterUser(string Name, IReadOnlyList<string> Groups)
{
    private const string Masters = "system:masters";

    /// <summary>May do everything.</summary>
    public static readonly ClusterUser Admin = new("kubernetes-admin", [Masters, "system:authenticated"]);

    public bool IsMaster => Groups.Contains(Masters);

    public static ClusterUser ServiceAccount(string space, string name) =>
        new($"system:serviceaccount:{space}:{name}", ["system:serviceaccounts", $"system:serviceaccounts:{space}", "system:authenticated"]);
}
