using System.Collections.Immutable;
using System.Text.Json.Nodes;

namespace RelayOperator.TestKit.Schema;

/// <summary>
/// A CustomResourceDefinition with one version, and what an API server makes of the objects of its kind. Read from a chart's
/// template, whose directives stand on lines of their own and are passed over.
/// </summary>
public sealed class CustomResource(JsonObject definition)
{
    public JsonObject Definition { get; } = definition;

    private JsonObject Version => Definition["spec"]!["versions"]!.AsArray().Single()!.AsObject();

    public string Group => Definition["spec"]!["group"]!.GetValue<string>();

    public string VersionName => Version["name"]!.GetValue<string>();

    public string Kind => Names["kind"]!.GetValue<string>();

    public string Plural => Names["plural"]!.GetValue<string>();

    public JsonObject Names => Definition["spec"]!["names"]!.AsObject();

    /// <summary>The subresources status and scale, as far as there are.</summary>
    public JsonObject Subresources => Version["subresources"]!.AsObject();

    public JsonArray PrinterColumns => Version["additionalPrinterColumns"]!.AsArray();

    public StructuralSchema Schema => field ??= StructuralSchema.Parse(Version["schema"]!["openAPIV3Schema"]);

    public static CustomResource Load(string path) => Parse(File.ReadAllText(path));

    public static CustomResource Parse(string template)
    {
        var lines = template.Split('\n').Where(line => !line.TrimStart().StartsWith("{{", StringComparison.Ordinal));
        return new(YamlText.Documents(string.Join('\n', lines)).Single().AsObject());
    }

    /// <summary>
    /// What becomes of an object that is written: pruned of what the schema does not know (the paths are told), with its
    /// defaults, and all its faults. The objects that were given stay as they are.
    /// </summary>
    public (JsonObject Stored, ImmutableArray<string> Unknown, ImmutableArray<SchemaFault> Faults) Admit(JsonObject written, JsonObject? old = null)
    {
        var stored = written.DeepClone().AsObject();
        var unknown = SchemaPruning.Prune(Schema, stored);
        SchemaDefaults.Apply(Schema, stored);
        var before = old?.DeepClone().AsObject();
        if (before is not null)
        {
            SchemaDefaults.Apply(Schema, before);
        }

        var faults = SchemaValidation.Validate(Schema, stored);
        return (stored, unknown, faults.Any(fault => fault.IsOfForm) ? faults : [.. faults, .. SchemaRules.Check(Schema, stored, before)]);
    }
}
