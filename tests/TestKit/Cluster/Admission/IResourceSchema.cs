using System.Text.Json.Nodes;

namespace RelayOperator.TestKit.Cluster.Admission;

/// <summary>What a CustomResourceDefinition says about its objects. Only the parts that the schema names are touched: never apiVersion, kind and metadata.</summary>
public interface IResourceSchema
{
    /// <summary>Takes away what the schema does not know.</summary>
    /// <returns>The paths taken away, as <c>spec.unknown</c>.</returns>
    IReadOnlyList<string> Prune(JsonObject target);

    /// <summary>Fills in defaults.</summary>
    void Default(JsonObject target);

    /// <summary>What is wrong, each as <c>field: message</c>.</summary>
    /// <param name="target">As it would be stored.</param>
    /// <param name="before">As it is stored; null for a creation.</param>
    IReadOnlyList<string> Faults(JsonObject target, JsonObject? before);
}
