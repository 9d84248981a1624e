namespace RelayOperator.Operator.Cluster;

/// <summary>Names one object of a kind.</summary>
public readonly record struct ObjectKey(string Namespace, string Name)
{
    public override string ToString() => Namespace.Length == 0 ? Name : $"{Namespace}/{Name}";
}
