using Xunit;

namespace RelayOperator.Api.Tests;

/// <summary>
/// The reference is held against the types in both directions: every field of a record is in it, with its type, default,
/// bounds and meaning, and nothing else is. UPDATE_REFERENCE=1 writes it anew.
/// </summary>
public sealed class ReferenceTests
{
    private const string Begin = "<!-- fields: written from api/Resources by UPDATE_REFERENCE=1 -->\n";
    private const string End = "<!-- end of fields -->\n";

    [Theory]
    [InlineData(typeof(RelayPool), "relaypool.md")]
    [InlineData(typeof(HubTransport), "hubtransport.md")]
    public void The_reference_says_what_the_types_say(Type type, string file)
    {
        var path = Repository.Path("docs", "reference", file);
        var page = File.ReadAllText(path);
        var (start, end) = (page.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length, page.IndexOf(End, StringComparison.Ordinal));
        Assert.True(start >= Begin.Length && end >= start, "the page keeps its markers");
        var expected = $"\n{ReferenceTable.Of(type)}\n";
        if (Environment.GetEnvironmentVariable("UPDATE_REFERENCE") == "1")
        {
            File.WriteAllText(path, page[..start] + expected + page[end..]);
            return;
        }

        Assert.Equal(expected, page[start..end]);
    }
}
