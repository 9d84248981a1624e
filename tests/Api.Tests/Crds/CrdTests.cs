using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using RelayOperator.TestKit.Schema;
using Xunit;

namespace RelayOperator.Api.Tests.Crds;

/// <summary>The definitions are written by hand; they are held against the types in both directions, and against what makes a good one.</summary>
public sealed class CrdTests
{
    /// <summary>Kubernetes' own structures: judged by the API server when the operator writes them out.</summary>
    private static readonly string[] Raw =
    [
        "spec.networkPolicy.extraIngress[]", "spec.networkPolicy.extraEgress[]", "spec.template.env[]", "spec.template.resources",
        "spec.template.tolerations[]", "spec.template.affinity", "spec.template.topologySpreadConstraints[]",
    ];

    public static TheoryData<string> Kinds() => [nameof(RelayPool), nameof(HubTransport)];

    [Theory]
    [InlineData(nameof(RelayPool), "spec", typeof(RelayPoolSpec))]
    [InlineData(nameof(RelayPool), "status", typeof(RelayPoolStatus))]
    [InlineData(nameof(HubTransport), "spec", typeof(HubTransportSpec))]
    [InlineData(nameof(HubTransport), "status", typeof(HubTransportStatus))]
    public void The_definition_says_what_the_types_say(string kind, string part, Type type) =>
        Assert.Empty(SchemaComparison.Of(type, Crd.Of(kind).Schema.Property(part)!, withDefaults: part == "spec"));

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Every_field_has_a_description_of_whole_sentences(string kind) =>
        Assert.All(
            Crd.All(Crd.Of(kind).Schema).Where(field => !field.Path.EndsWith(']') && !field.Path.EndsWith('}') && field.Path != "metadata"),
            field => Assert.True(field.Schema.Description is [_, .., '.'], $"{field.Path} has no description"));

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Every_text_list_map_and_number_is_bounded(string kind)
    {
        foreach (var (path, schema) in Crd.All(Crd.Of(kind).Schema).Where(field => field.Path is not ("apiVersion" or "kind" or "metadata")))
        {
            Assert.True(
                schema.Type switch
                {
                    "string" => schema.MaxLength is not null || schema.Enum.Length > 0,
                    "array" => schema.MaxItems is not null,
                    "integer" => schema.Minimum is not null && schema.Maximum is not null,
                    "boolean" => true,
                    "object" => schema.AdditionalProperties is null && !schema.PreservesUnknownFields || schema.MaxProperties is not null,
                    _ => false,
                },
                $"{path} has no bound");
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Every_object_whose_fields_have_defaults_is_there_by_default_unless_its_absence_means_something(string kind) =>
        Assert.All(
            Crd.All(Crd.Of(kind).Schema).Where(field => !field.Path.EndsWith(']') && field.Schema.Properties.Any(property => property.Value.Default is not null)),
            field => Assert.True(
                field.Schema.Default?.ToJsonString() == "{}" || field.Path is "spec" or "spec.autoscaling" or "spec.credentials", $"{field.Path} has no default"));

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Only_structures_of_Kubernetes_keep_unknown_fields(string kind) =>
        Assert.All(
            Crd.All(Crd.Of(kind).Schema).Where(field => field.Schema.PreservesUnknownFields),
            field => Assert.Contains(field.Path, Raw));

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Each_default_is_valid_as_it_stands(string kind)
    {
        // An API server judges a default when the definition is applied, by the schema and by its rules, without the
        // defaults of the fields within it: for {} a rule has to hold before there is a mode to look at.
        foreach (var (path, schema) in Crd.All(Crd.Of(kind).Schema).Where(field => field.Schema.Default is not null))
        {
            var around = new StructuralSchema { Type = "object", Properties = [KeyValuePair.Create(path, schema)] };
            var holder = new JsonObject { [path] = schema.Default!.DeepClone() };
            Assert.Empty(SchemaPruning.Prune(around, holder));
            Assert.Empty(SchemaValidation.Validate(around, holder));
            Assert.Empty(SchemaRules.Check(around, holder, null));
            Assert.Empty(SchemaRules.Check(around, holder, holder));
        }
    }

    [Theory]
    [InlineData("relaypools.yaml")]
    [InlineData("hubtransports.yaml")]
    public void What_helm_reads_stands_on_lines_of_its_own(string file)
    {
        var lines = File.ReadAllLines(Repository.Path("charts", "relay-operator", "templates", "crds", file)).Where(line => line.Contains("{{", StringComparison.Ordinal));
        Assert.Equal(["{{- if .Values.crds.enabled }}", "{{- if .Values.crds.keep }}", "{{- end }}", "{{- end }}"], lines.Select(line => line.Trim()));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Nothing_is_said_of_metadata(string kind) =>
        // An API server refuses a definition that says more of it than its type.
        Assert.Equivalent(new StructuralSchema { Type = "object" }, Crd.Of(kind).Schema.Property("metadata"));

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Every_format_is_one_that_the_tests_check(string kind) =>
        Assert.All(
            Crd.All(Crd.Of(kind).Schema).SelectMany(field => field.Schema.AnyOf.Prepend(field.Schema)).Where(schema => schema.Format.Length > 0),
            schema => Assert.True(SchemaFormats.IsKnown(schema.Format), schema.Format));

    [Theory]
    [InlineData(nameof(RelayPool), "relaypools", "rp", "READY HUBS QUEUED VIP AGE")]
    [InlineData(nameof(HubTransport), "hubtransports", "ht", "HOST PORT STATE HEALTHY AGE")]
    public void The_names_and_columns_are_those_of_the_design(string kind, string plural, string shortName, string columns)
    {
        var crd = Crd.Of(kind);
        Assert.Equal(RelayPool.GroupVersion, $"{crd.Group}/{crd.VersionName}");
        Assert.Equal((kind, plural, $"{plural}.{crd.Group}"), (crd.Kind, crd.Plural, crd.Definition["metadata"]!["name"]!.GetValue<string>()));
        Assert.Equal($"""["{shortName}"]""", crd.Names["shortNames"]!.ToJsonString());
        Assert.Equal("""["mail"]""", crd.Names["categories"]!.ToJsonString());
        Assert.Equal(columns, string.Join(' ', crd.PrinterColumns.Select(column => column!["name"]!.GetValue<string>())));
        Assert.Equal("{}", crd.Subresources["status"]!.ToJsonString());
    }

    [Fact]
    public void A_pool_is_scaled_like_a_Deployment() =>
        Assert.Equal(
            """{"specReplicasPath":".spec.replicas","statusReplicasPath":".status.replicas","labelSelectorPath":".status.selector"}""",
            Crd.RelayPool.Subresources["scale"]!.ToJsonString());

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Each_column_shows_a_field_that_the_schema_has(string kind)
    {
        var paths = Crd.All(Crd.Of(kind).Schema).Select(field => $".{field.Path}").Append(".metadata.creationTimestamp").ToHashSet(StringComparer.Ordinal);
        Assert.All(Crd.Of(kind).PrinterColumns, column =>
        {
            var path = column!["jsonPath"]!.GetValue<string>();
            var plain = Regex.Replace(path, @"\[[^\]]*\]", "[]", RegexOptions.None, TimeSpan.FromSeconds(1));
            Assert.Contains(plain, paths);
        });
    }
}
