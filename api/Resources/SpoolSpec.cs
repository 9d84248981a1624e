using RelayOperator.Api.Binding;

namespace RelayOperator.Api;

/// <summary>Where mail is held that no hub can take: exactly one of storage and postgres.</summary>
public sealed record SpoolSpec
{
    /// <summary>One SQLite file for each pod, on a volume of its own.</summary>
    public SpoolStorageSpec? Storage { get; init; }

    /// <summary>One PostgreSQL database for all pods, which are stateless then.</summary>
    public SpoolPostgresSpec? Postgres { get; init; }
}

/// <summary>The volume of each pod.</summary>
public sealed record SpoolStorageSpec
{
    /// <summary>Size of the volume; it only ever grows.</summary>
    [RequiredField, Text(TextFormat.Quantity, 32)]
    public string Size { get; init; } = "";

    /// <summary>Storage class of the volume. Empty: the cluster's default.</summary>
    [Text(TextFormat.ObjectName, 253)]
    public string StorageClassName { get; init; } = "";
}

/// <summary>The shared database.</summary>
public sealed record SpoolPostgresSpec
{
    /// <summary>Secret with the key uri, the connection's address with its login.</summary>
    [RequiredField]
    public SecretReference ConnectionSecretRef { get; init; } = new();
}
