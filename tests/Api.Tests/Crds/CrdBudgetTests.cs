using RelayOperator.TestKit.Cel;
using RelayOperator.TestKit.Schema;
using Xunit;

namespace RelayOperator.Api.Tests.Crds;

/// <summary>An API server refuses a definition whose rules ask for what is not there, or might cost too much.</summary>
public sealed class CrdBudgetTests
{
    [Theory]
    [InlineData(nameof(RelayPool))]
    [InlineData(nameof(HubTransport))]
    public void Every_rule_is_well_typed_and_the_worst_object_does_not_exceed_the_budget(string kind)
    {
        var total = 0.0;
        foreach (var (path, schema, times) in Places(Crd.Of(kind).Schema, "", 1))
        {
            foreach (var rule in schema.Rules)
            {
                var cost = RuleCost.Estimate(schema, rule) * times;
                // A quarter is left for what another version of Kubernetes may reckon differently.
                Assert.True(cost <= 0.75 * RuleCost.PerRule, $"{path} costs {cost}: {rule.Program.Text}");
                total += cost;
            }
        }

        Assert.InRange(total, 1, 0.75 * RuleCost.PerDefinition);
    }

    [Fact]
    public void No_message_is_worked_out()
    {
        // The size of string(number) is not known to an API server, which then reckons with the largest there is and
        // refuses the definition (kubernetes/kubernetes#124234).
        Assert.All(
            new[] { Crd.RelayPool, Crd.HubTransport }.SelectMany(crd => Crd.All(crd.Schema)).SelectMany(field => field.Schema.Rules),
            rule => Assert.Null(rule.MessageProgram));
    }

    [Theory]
    [InlineData("self.nam == 'a'", "undefined field nam")]
    [InlineData("has(self.nam)", "undefined field nam")]
    [InlineData("self.name == 1", "int where string is needed")]
    [InlineData("self.name", "a rule is true or false")]
    [InlineData("self.list.all(i, i.nam == '')", "undefined field nam")]
    [InlineData("self.list.all(i, i > 'a' || other)", "no variable other")]
    [InlineData("self.name && true", "string where bool is needed")]
    [InlineData("self.name.all(c, true)", "string has no items")]
    [InlineData("size(self.count) > 0", "int has no size")]
    [InlineData("self.count in ['a']", "string where int is needed")]
    public void A_rule_that_does_not_fit_its_schema_is_told(string rule, string message) =>
        Assert.Contains(message, Assert.Throws<CelException>(() => Estimate(rule)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("self.count > 1", 3)]
    [InlineData("has(self.name) && self.name == 'abc'", 4)]
    [InlineData("self.list.all(i, i != '')", 43)]
    [InlineData("self.name.matches('^[a-z]+$')", 12)]
    public void The_cost_of_a_rule_grows_with_what_it_looks_at(string rule, double cost) => Assert.Equal(cost, Estimate(rule));

    private static double Estimate(string rule) => RuleCost.Estimate(
        new()
        {
            Type = "object",
            Properties =
            [
                new("name", new() { Type = "string", MaxLength = 10 }), new("count", new() { Type = "integer" }),
                new("list", new() { Type = "array", MaxItems = 10, Items = new() { Type = "string", MaxLength = 10 } }),
            ],
        },
        new SchemaRule(CelProgram.Compile(rule), "", null, "", ""));

    private static IEnumerable<(string Path, StructuralSchema Schema, double Times)> Places(StructuralSchema schema, string path, double times)
    {
        var inner = schema.Properties.Select(property => (Path: $"{path}.{property.Key}", Schema: property.Value, Times: times)).ToList();
        if (schema.Items is { } items)
        {
            inner.Add(($"{path}[]", items, times * schema.MaxItems!.Value));
        }

        if (schema.AdditionalProperties is { } values)
        {
            inner.Add(($"{path}{{}}", values, times * schema.MaxProperties!.Value));
        }

        return inner.SelectMany(next => Places(next.Schema, next.Path, next.Times)).Prepend((path, schema, times));
    }
}
