using System.Text.Json.Nodes;
using RelayOperator.TestKit.Schema;
using Xunit;

namespace RelayOperator.Api.Tests.Schemas;

/// <summary>The structural schema of the tests, against what an API server does.</summary>
public sealed class SchemaTests
{
    private const string Definition =
        """
        {{- if .Values.crds.enabled }}
        apiVersion: apiextensions.k8s.io/v1
        kind: CustomResourceDefinition
        metadata:
          name: things.example.org
          {{- if .Values.crds.keep }}
          annotations: { helm.sh/resource-policy: keep }
          {{- end }}
        spec:
          group: example.org
          scope: Namespaced
          names: { kind: Thing, plural: things }
          versions:
          - name: v1
            subresources: { status: {} }
            additionalPrinterColumns: []
            schema:
              openAPIV3Schema:
                type: object
                required: [spec]
                properties:
                  spec:
                    type: object
                    required: [name]
                    x-kubernetes-validations:
                    - { rule: "!has(oldSelf.kept) || has(self.kept)", message: kept is kept }
                    - { rule: "!has(self.inner.count) || self.inner.count < 9", message: too many, messageExpression: "'not ' + string(self.inner.count)", fieldPath: .inner.count, reason: FieldValueForbidden }
                    properties:
                      name: { type: string, maxLength: 5, minLength: 2, pattern: "^[a-z]+$" }
                      kept: { type: string, maxLength: 9 }
                      mode: { type: string, enum: [One, Two] }
                      address: { type: string, maxLength: 45, anyOf: [{ format: ipv4 }, { format: ipv6 }] }
                      when: { type: string, format: date-time }
                      raw: { type: object, x-kubernetes-preserve-unknown-fields: true }
                      inner:
                        type: object
                        default: {}
                        properties:
                          count: { type: integer, default: 3, minimum: 1, maximum: 10 }
                          on: { type: boolean, default: true }
                      map: { type: object, maxProperties: 1, additionalProperties: { type: string } }
                      set: { type: array, maxItems: 2, x-kubernetes-list-type: set, items: { type: string } }
                      items:
                        type: array
                        minItems: 1
                        x-kubernetes-list-type: map
                        x-kubernetes-list-map-keys: [key]
                        items:
                          type: object
                          required: [key]
                          properties:
                            key: { type: string }
                            size: { type: integer, default: 1, x-kubernetes-validations: [{ rule: self >= oldSelf, message: it only grows }] }
        {{- end }}
        """;

    private static readonly CustomResource Things = CustomResource.Parse(Definition);

    [Theory]
    [InlineData("{ name: ab }", "")]
    [InlineData("{}", "spec.name: Required value")]
    [InlineData("{ name: ~ }", "spec.name: Required value")]
    [InlineData("{ name: 5 }", "spec.name: must be of type string")]
    [InlineData("{ name: a }", "spec.name: should be at least 2 chars long")]
    [InlineData("{ name: abcdef }", "spec.name: may not be longer than 5")]
    [InlineData("{ name: aB }", "spec.name: \"aB\" should match '^[a-z]+$'")]
    [InlineData("{ name: \"ab\\n\" }", "spec.name: \"ab\n\" should match '^[a-z]+$'")]
    [InlineData("{ name: ab, mode: Three }", "spec.mode: Unsupported value: \"Three\": supported values: One, Two")]
    [InlineData("{ name: ab, address: \"::1\" }", "")]
    [InlineData("{ name: ab, address: x }", "spec.address: \"x\" must validate at least one schema (anyOf)")]
    [InlineData("{ name: ab, when: \"2026-01-01T00:00:00Z\" }", "")]
    [InlineData("{ name: ab, when: \"yesterday\" }", "spec.when: \"yesterday\" must be of type date-time")]
    [InlineData("{ name: ab, inner: { count: 0 } }", "spec.inner.count: should be from 1 to 10")]
    [InlineData("{ name: ab, inner: { count: 1.5 } }", "spec.inner.count: must be of type integer")]
    [InlineData("{ name: ab, inner: { on: \"true\" } }", "spec.inner.on: must be of type boolean")]
    [InlineData("{ name: ab, inner: [] }", "spec.inner: must be of type object")]
    [InlineData("{ name: ab, map: { a: b, c: d } }", "spec.map: must have at most 1 items")]
    [InlineData("{ name: ab, map: { a: 1 } }", "spec.map[a]: must be of type string")]
    [InlineData("{ name: ab, set: [x, x] }", "spec.set[1]: Duplicate value: \"x\"")]
    [InlineData("{ name: ab, set: [x, y, z] }", "spec.set: must have at most 2 items")]
    [InlineData("{ name: ab, items: [] }", "spec.items: should have at least 1 items")]
    [InlineData("{ name: ab, items: [{ key: k }, { key: k }] }", "spec.items[1]: Duplicate value: \"k\"")]
    [InlineData("{ name: ab, items: [{}] }", "spec.items[0].key: Required value")]
    [InlineData("{ name: ab, inner: { count: 9 } }", "spec.inner.count: not 9")]
    public void An_object_is_held_against_its_schema(string spec, string fault) =>
        Assert.Equal(fault, string.Join(", ", Things.Admit(Thing(spec)).Faults.Select(found => found.ToString())));

    [Fact]
    public void Defaults_are_filled_in_down_to_the_last_child_and_for_items_of_lists() =>
        Assert.Equal(
            """{"name":"ab","items":[{"key":"k","size":1}],"inner":{"on":false,"count":3}}""",
            Things.Admit(Thing("{ name: ab, items: [{ key: k }], inner: { on: false, count: ~ } }")).Stored["spec"]!.ToJsonString());

    [Fact]
    public void Unknown_fields_are_taken_away_and_told_but_for_those_that_are_to_be_kept()
    {
        var (stored, unknown, _) = Things.Admit(Thing("{ name: ab, nam: x, raw: { any: { thing: 1 } }, map: { a: b }, items: [{ key: k, kee: l }] }"));
        Assert.Equal(["spec.nam", "spec.items[0].kee"], unknown);
        Assert.Equal("""{"any":{"thing":1}}""", stored["spec"]!["raw"]!.ToJsonString());
        Assert.Equal("Thing", stored["kind"]!.GetValue<string>());
        Assert.Equal("a", stored["metadata"]!["name"]!.GetValue<string>());
    }

    [Fact]
    public void What_was_written_stays_as_it_was()
    {
        var written = Thing("{ name: ab, nam: x }");
        var text = written.ToJsonString();
        _ = Things.Admit(written, written);
        Assert.Equal(text, written.ToJsonString());
    }

    [Theory]
    [InlineData("{ name: ab, kept: a }", "{ name: ab }", "spec: kept is kept")]
    [InlineData("{ name: ab }", "{ name: ab, kept: a }", "")]
    [InlineData("{ name: ab, items: [{ key: k, size: 5 }, { key: l }] }", "{ name: ab, items: [{ key: l }, { key: k, size: 4 }] }", "spec.items[1].size: it only grows")]
    [InlineData("{ name: ab, items: [{ key: k, size: 5 }] }", "{ name: ab, items: [{ key: l, size: 4 }] }", "")]
    public void A_change_is_held_against_what_was_there_before(string before, string after, string fault) =>
        Assert.Equal(fault, string.Join(", ", Things.Admit(Thing(after), Thing(before)).Faults.Select(found => found.ToString())));

    [Fact]
    public void A_rule_tells_its_reason_and_its_field()
    {
        var fault = Assert.Single(Things.Admit(Thing("{ name: ab, inner: { count: 10 } }")).Faults);
        Assert.Equal(("spec.inner.count", "FieldValueForbidden", "not 10"), (fault.Path, fault.Reason, fault.Message));
        Assert.NotNull(fault.Rule);
    }

    [Fact]
    public void A_keyword_that_the_tests_do_not_know_is_not_passed_over() =>
        Assert.Throws<FormatException>(() => StructuralSchema.Parse(JsonNode.Parse("""{"type":"string","nullable":true}""")));

    private static JsonObject Thing(string spec) =>
        YamlText.Documents($"apiVersion: example.org/v1\nkind: Thing\nmetadata: {{ name: a, labels: {{ x: y }} }}\nspec: {spec}\n").Single().AsObject();
}
