using RelayOperator.Operator.Cluster;
using RelayOperator.Operator.Watching;
using Xunit;

namespace RelayOperator.Operator.Tests.Watching;

/// <summary>What is asked for by a term is what a search of all objects would find.</summary>
public sealed class ObjectIndexTests
{
    private readonly ObjectIndex<string[]> _index = new(static item => item.Value);

    [Fact]
    public void An_object_is_found_by_its_name_its_namespace_and_each_of_its_terms()
    {
        _index.Set(Item("mail", "a", "red", "big"));
        _index.Set(Item("mail", "b", "red"));
        _index.Set(Item("post", "a", "red"));

        Assert.Equal(["red", "big"], _index.Find(new ObjectKey("mail", "a"))!.Value);
        Assert.Equal(["a", "b"], Names(_index.In("mail")));
        Assert.Equal(["a", "b"], Names(_index.Candidates("mail", "red")));
        Assert.Equal(["a"], Names(_index.Candidates("mail", "big")));
        Assert.Equal(["a", "a", "b"], Names(_index.All));
        Assert.Empty(_index.Candidates("mail", "blue"));
    }

    [Fact]
    public void Of_several_terms_none_that_has_all_is_missed_and_none_is_given_that_has_not_the_rarest()
    {
        _index.Set(Item("mail", "a", "red", "big"));
        _index.Set(Item("mail", "b", "red"));
        _index.Set(Item("mail", "c", "red"));

        Assert.Equal(["a"], Names(_index.Candidates("mail", "red", "big")));
        Assert.Empty(_index.Candidates("mail", "red", "blue"));
        Assert.Empty(_index.Candidates("mail"));
    }

    [Fact]
    public void A_change_of_terms_and_a_removal_are_followed()
    {
        _index.Set(Item("mail", "a", "red"));
        _index.Set(Item("mail", "a", "blue"));
        Assert.Empty(_index.Candidates("mail", "red"));
        Assert.Equal(["a"], Names(_index.Candidates("mail", "blue")));

        _index.Remove(new ObjectKey("mail", "a"));
        _index.Remove(new ObjectKey("mail", "never-there"));
        Assert.Empty(_index.Candidates("mail", "blue"));
        Assert.Empty(_index.In("mail"));
        Assert.Empty(_index.All);
    }

    [Fact]
    public void After_any_changes_each_term_finds_what_a_search_would()
    {
        var random = new Random(7);
        string[] terms = ["red", "green", "blue"];
        for (var i = 0; i < 2000; i++)
        {
            var name = $"{random.Next(20)}";
            if (random.Next(4) == 0)
            {
                _index.Remove(new ObjectKey("mail", name));
            }
            else
            {
                _index.Set(Item("mail", name, [.. terms.Where(_ => random.Next(2) == 0)]));
            }

            foreach (var term in terms)
            {
                Assert.Equal(Names(_index.All.Where(item => item.Value.Contains(term))), Names(_index.Candidates("mail", term)));
            }
        }
    }

    private static string[] Names(IEnumerable<Watched<string[]>> items) => [.. items.Select(item => item.Meta.Name).Order(StringComparer.Ordinal)];

    private static Watched<string[]> Item(string ns, string name, params string[] terms) => new(
        new ObjectMeta { Namespace = ns, Name = name, Uid = name, ResourceVersion = "1" },
        terms);
}
