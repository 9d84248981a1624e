using System.Text.Json.Nodes;
using RelayOperator.TestKit.Cel;
using Xunit;

namespace RelayOperator.Api.Tests.Schemas;

/// <summary>The evaluator that the tests judge rules with, against what the CEL specification and Kubernetes' libraries say.</summary>
public sealed class CelTests
{
    private const string Self = """{"name":"a","port":25,"share":0.5,"on":true,"list":[1,2,3],"names":["x","y"],"map":{"k":"v"},"empty":[],"none":null}""";

    [Theory]
    [InlineData("1 + 2 * 3 == 7")]
    [InlineData("(1 + 2) * 3 == 9")]
    [InlineData("7 / 2 == 3 && 7 % 2 == 1 && -7 / 2 == -3")]
    [InlineData("10 - 3 - 2 == 5")]
    [InlineData("'a' + 'b' == 'ab' && [1] + [2] == [1, 2]")]
    [InlineData("1 == 1.0 && 2 > 1.5 && 1 != 2")]
    [InlineData("'10' < '9' && 'a' < 'b' && false < true")]
    [InlineData("true || false && false")]
    [InlineData("!(true && false) && !!true")]
    [InlineData("false ? false : true ? true : false")]
    [InlineData("1 in [1, 2] && !(3 in [1, 2]) && 'k' in self.map")]
    [InlineData("self.port + 2500 == 2525 && self['name'] == 'a' && self.list[2] == 3")]
    [InlineData("self.share == 0.5 && self.on && self.none == null")]
    [InlineData("has(self.port) && !has(self.absent) && !has(self.map.absent)")]
    [InlineData("self.list.all(i, i > 0) && !self.list.all(i, i > 1) && self.empty.all(i, false)")]
    [InlineData("self.list.exists(i, i == 2) && !self.empty.exists(i, true)")]
    [InlineData("self.list.exists_one(i, i > 2) && !self.list.exists_one(i, i > 1)")]
    [InlineData("self.list.map(i, i * 2) == [2, 4, 6] && self.list.filter(i, i != 2) == [1, 3]")]
    [InlineData("self.map.all(k, self.map[k] == 'v')")]
    [InlineData("self.list.all(i, self.list.exists(j, j == i))")]
    [InlineData("size(self.list) == 3 && self.names.size() == 2 && size('é😀') == 2 && size(self.map) == 1")]
    [InlineData("'abc'.startsWith('ab') && 'abc'.endsWith('bc') && 'abc'.contains('b') && 'abc'.indexOf('c') == 2 && 'abc'.indexOf('x') == -1")]
    [InlineData("'ABC'.lowerAscii() == 'abc' && 'a.b'.split('.') == ['a', 'b']")]
    [InlineData("'xabx'.matches('ab') && !'xabx'.matches('^ab$') && !'ab\\n'.matches('^ab$')")]
    [InlineData("string(25) == '25' && int('25') == 25 && string(self.port) + '!' == '25!'")]
    [InlineData("\"it's\" == 'it\\'s' && r'\\d' == '\\\\d'")]
    public void An_expression_is_true(string expression) =>
        Assert.Equal(true, CelProgram.Compile(expression).Evaluate(("self", JsonNode.Parse(Self))));

    [Theory]
    [InlineData("10Gi", "10240Mi", 0)]
    [InlineData("10Gi", "10G", 1)]
    [InlineData("500m", "0.5", 0)]
    [InlineData("1.5Gi", "1536Mi", 0)]
    [InlineData("1e3", "1k", 0)]
    [InlineData("-1", "0", -1)]
    [InlineData("1n", "1u", -1)]
    [InlineData("8E", "7Ei", -1)]
    public void Quantities_compare_exactly(string one, string other, long order) =>
        Assert.Equal(order, CelProgram.Compile($"quantity('{one}').compareTo(quantity('{other}'))").Evaluate());

    [Theory]
    [InlineData("10gi")]
    [InlineData("")]
    [InlineData("1 Gi")]
    [InlineData(".")]
    [InlineData("Gi")]
    public void What_is_no_quantity_is_told(string text) =>
        Assert.Equal(false, CelProgram.Compile($"isQuantity('{text}')").Evaluate());

    [Theory]
    [InlineData("self.absent == 1 || true", true)]
    [InlineData("true || self.absent == 1", true)]
    [InlineData("self.absent == 1 && false", false)]
    [InlineData("[0, 1].exists(i, i == 1 || self.absent)", true)]
    [InlineData("[0, 1].all(i, i == 1 && self.absent)", false)]
    public void What_decides_wins_over_an_error_beside_it(string expression, bool value) =>
        Assert.Equal(value, CelProgram.Compile(expression).Evaluate(("self", JsonNode.Parse(Self))));

    [Theory]
    [InlineData("self.absent")]
    [InlineData("self.absent || false")]
    [InlineData("self.list[3]")]
    [InlineData("1 / 0")]
    [InlineData("9223372036854775807 + 1")]
    [InlineData("'a' + 1")]
    [InlineData("1 < 'a'")]
    [InlineData("self.name ? 1 : 2")]
    [InlineData("self.name.all(c, true)")]
    [InlineData("self.list.exists_one(i, self.absent)")]
    [InlineData("other")]
    public void What_has_no_value_is_an_error(string expression) =>
        Assert.Throws<CelException>(() => CelProgram.Compile(expression).Evaluate(("self", JsonNode.Parse(Self))));

    [Theory]
    [InlineData("")]
    [InlineData("1 +")]
    [InlineData("(1")]
    [InlineData("[1, 2")]
    [InlineData("self.")]
    [InlineData("self.list.all(1, true)")]
    [InlineData("'open")]
    [InlineData("'\\q'")]
    [InlineData("a = b")]
    [InlineData("has(self)")]
    [InlineData("1 2")]
    [InlineData("isCIDR('10.0.0.0/8')")]
    [InlineData("ip('10.0.0.1')")]
    [InlineData("self.list.sum()")]
    public void What_is_no_expression_or_calls_what_1_29_has_not_is_refused_when_it_is_read(string expression) =>
        Assert.Throws<CelException>(() => CelProgram.Compile(expression));
}
