using RelayOperator.TestKit.Schema;
using Xunit;

namespace RelayOperator.TestKit.Charts;

/// <summary>The objects that helm rendered.</summary>
public sealed class Rendering
{
    public Rendering(string text)
    {
        Objects = [.. YamlText.Documents(text).Select(document => new Manifest(document.AsObject()))];
        Assert.NotEmpty(Objects);
    }

    public IReadOnlyList<Manifest> Objects { get; }

    /// <summary>Without hooks: what stays.</summary>
    public IEnumerable<Manifest> Installed => Objects.Where(item => item.Hook.Length == 0);

    public IEnumerable<Manifest> Hooks(string hook) => Objects.Where(item => item.Hook == hook);

    public Manifest The(string kind, string name) => Objects.Single(item => item.Kind == kind && item.Name == name);

    public IEnumerable<Manifest> Of(string kind) => Objects.Where(item => item.Kind == kind);

    /// <summary>The operator's Deployment.</summary>
    public Manifest Operator => Installed.Single(item => item.Kind == "Deployment");
}
