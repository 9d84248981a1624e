using System.Diagnostics;
using RelayOperator.Operator.Admin;

namespace RelayOperator.Operator.Cluster;

/// <summary>One write, for the trace of the reconciliation that it is part of.</summary>
/// <param name="Act">What is done: apply, patch, create, replace, delete.</param>
/// <param name="Kind">The kind.</param>
/// <param name="Key">The object; without a name where it is new.</param>
/// <param name="Subresource">Which part of it; "" for the object.</param>
internal readonly record struct ClusterWrite(string Act, ResourceKind Kind, ObjectKey Key, string Subresource = "")
{
    public string Path => Kind.Path(Key.Namespace, Key.Name, Subresource);

    /// <summary>Null where nobody listens, and for what no reconciliation asked for: renewals of the Lease would be traces of their own.</summary>
    public Activity? Begin() => Activity.Current is null
        ? null
        : OperatorTelemetry.Source.StartActivity(Subresource.Length == 0 ? Act : Subresource, ActivityKind.Client)
            ?.SetTag("k8s.namespace.name", Key.Namespace)
            .SetTag("k8s.object.kind", Kind.Kind)
            .SetTag("k8s.object.name", Key.Name);
}
