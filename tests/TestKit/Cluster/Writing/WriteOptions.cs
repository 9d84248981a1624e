using RelayOperator.TestKit.Cluster.Access;

namespace RelayOperator.TestKit.Cluster.Writing;

/// <summary>What comes with a write besides the object.</summary>
/// <param name="User">Who writes.</param>
/// <param name="Manager">To whom managedFields attributes what changes.</param>
public sealed record WriteOptions(ClusterUser User, string Manager)
{
    /// <summary>What the controllers write with.</summary>
    public static readonly WriteOptions Controller = new(ClusterUser.Admin, "kube-controller-manager");

    /// <summary>Empty, status or scale.</summary>
    public string Subresource { get; init; } = "";

    /// <summary>Everything but storing.</summary>
    public bool DryRun { get; init; }

    /// <summary>Ignore, Warn or Strict: what becomes of unknown fields.</summary>
    public string FieldValidation { get; init; } = "Warn";

    /// <summary>For an apply: take fields from other managers.</summary>
    public bool Force { get; init; }
}

/// <summary>What a write led to.</summary>
public sealed record WriteResult(Store.StoredObject Stored, bool Created, IReadOnlyList<string> Warnings);
