using RelayOperator.TestKit.Cluster.Store;

namespace RelayOperator.TestKit.Cluster.Http;

/// <summary>The objects that a list or watch is about.</summary>
internal sealed class Selection
{
    private readonly LabelSelector _labels;
    private readonly FieldSelector _fields;
    private readonly string? _space;

    public Selection(ApiCall call)
    {
        _labels = LabelSelector.Parse(call.Query("labelSelector"));
        _fields = FieldSelector.Parse(call.Query("fieldSelector"), call.Kind);
        _space = call.Namespace.Length > 0 ? call.Namespace : null;
    }

    /// <summary>Null for all.</summary>
    public string? Namespace => _space;

    public bool Matches(StoredObject stored) => (_space is null || stored.Namespace == _space) && _labels.Matches(stored.Json) && _fields.Matches(stored.Json);
}
