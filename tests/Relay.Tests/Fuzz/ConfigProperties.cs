using System.Text.Json;
using CsCheck;
using RelayOperator.Api;
using RelayOperator.Api.Yaml;
using Xunit;

namespace RelayOperator.Relay.Tests.Fuzz;

/// <summary>What people and Secrets say of a pool.</summary>
public sealed class ConfigProperties
{
    private static readonly Gen<string> Text = Gen.Char.Where(c => !char.IsSurrogate(c) && c is not ('\ufeff' or '\ufffe' or '\uffff')).Array[0, 12].Select(text => new string(text));

    private static readonly Gen<object> Tree = Nested(3);

    [Fact]
    public void YAML_is_read_as_the_values_that_were_written_in_lines_or_in_brackets() => Fuzzing.Run(
        Gen.Select(Tree, Gen.Bool),
        (tree, inLines) =>
        {
            var (documents, faults) = YamlReader.Read(inLines ? Block(tree, "") : JsonSerializer.Serialize(tree));
            Assert.Empty(faults);
            Assert.Equal(JsonSerializer.Serialize(tree), JsonSerializer.Serialize(Values(Assert.Single(documents).Root)));
        });

    [Fact]
    public void YAML_in_any_mess_is_read_or_has_a_fault_with_a_line() => Fuzzing.Run(
        Fuzzing.Soup(30, "a", ": ", "- ", "\n", "\n", "  ", "{", "}", "[", "]", ",", "\"", "'", "&x ", "*x", "!!str ", "---\n", "|\n", "#", "\t", "? ", "%YAML 1.1\n", "<<", "\0", "é"),
        text => Assert.All(YamlReader.Read(text).Faults, fault => Assert.True(fault.Line >= 1 && fault.Found.Length > 0)));

    [Fact]
    public void The_address_of_a_database_is_read_as_it_was_written() => Fuzzing.Run(
        Gen.Select(
            Text.Where(text => text.Length > 0), Text, Text, Gen.Int[1, 65535],
            Gen.OneOf("db", "db-rw.mail.svc", "10.0.0.5", "[fd00::5]", "%2Fvar%2Frun").Array[1, 3]),
        (user, password, database, port, hosts) =>
        {
            var uri = $"postgresql://{Escaped(user)}:{Escaped(password)}@{string.Join(',', hosts.Select(host => $"{host}:{port}"))}/{Escaped(database)}?sslmode=verify-full";
            var address = PostgresAddress.Parse(uri, out var fault);
            Assert.Equal("", fault);
            Assert.Equal((user, password, database), (address!.UserName, address.Password, address.Database));
            Assert.Equal(hosts.Select(host => new HostPort(Uri.UnescapeDataString(host.Trim('[', ']')), port)), address.Hosts);
        });

    [Fact]
    public void The_address_of_a_database_in_any_mess_is_read_or_has_a_fault_and_neither_tells_the_password() => Fuzzing.Run(
        Fuzzing.Soup(14, "hunter2", "user", ":", "@", "/", "?", "&", "=", "%", "%2F", "[", "]", ",", "db", "5432", "sslmode=require", "host=", "port=", "é"),
        text =>
        {
            var address = PostgresAddress.Parse($"postgresql://user:hunter2{text}", out var fault);
            Assert.Equal(address is null, fault.Length > 0);
            Assert.True(address is null || (address.UserName.Length > 0 && !address.Hosts.IsEmpty && address.Hosts.All(host => host.Host.Length > 0 && host.Port is > 0 and < 65536)));
        });

    private static string Escaped(string text) => Uri.EscapeDataString(text);

    private static Gen<object> Nested(int depth)
    {
        var text = Text.Select(value => (object)value);
        return depth == 0 ? text : Gen.OneOf(
            text,
            Nested(depth - 1).Array[0, 4].Select(items => (object)items),
            Gen.Select(Text, Nested(depth - 1)).Array[0, 4].Select(entries => (object)entries.DistinctBy(entry => entry.Item1).ToDictionary(entry => entry.Item1, entry => entry.Item2)));
    }

    private static string Block(object tree, string indent)
    {
        switch (tree)
        {
            case object[] { Length: > 0 } items:
                return string.Concat(items.Select(item => $"{indent}-{Value(item)}"));
            case Dictionary<string, object> { Count: > 0 } entries:
                return string.Concat(entries.Select(entry => $"{indent}{JsonSerializer.Serialize(entry.Key)}:{Value(entry.Value)}"));
            default:
                return $"{indent}{JsonSerializer.Serialize(tree)}\n";
        }

        string Value(object value) => value is object[] { Length: > 0 } or Dictionary<string, object> { Count: > 0 }
            ? $"\n{Block(value, indent + "  ")}"
            : Block(value, " ");
    }

    private static object Values(YamlNode node) => node switch
    {
        YamlSequence list => list.Items.Select(Values).ToArray(),
        YamlMapping map => map.Entries.ToDictionary(entry => entry.Key, entry => Values(entry.Value)),
        _ => ((YamlScalar)node).Value,
    };
}
