using RelayOperator.Relay.Routing;
using Xunit;

namespace RelayOperator.Relay.Tests.Routing;

public sealed class RouteTableTests
{
    private static readonly RouteTable Table = Of(
        ("default", []),
        ("exact", ["partner.example", "eu.partner.example"]),
        ("wide", ["*.partner.example", "*.example"]),
        ("deep", ["*.eu.partner.example"]));

    [Theory]
    [InlineData("partner.example", "exact")]
    [InlineData("eu.partner.example", "exact")]
    [InlineData("us.partner.example", "wide")]
    [InlineData("a.b.partner.example", "wide")]
    [InlineData("de.eu.partner.example", "deep")]
    [InlineData("a.de.eu.partner.example", "deep")]
    [InlineData("other.example", "wide")]
    public void The_most_specific_domain_wins(string domain, string route) => Assert.Equal(route, Table.For(domain).Name);

    [Theory]
    [InlineData("")]
    [InlineData("example")]
    [InlineData("notpartner.test")]
    [InlineData("partner.example.test")]
    [InlineData("[192.0.2.1]")]
    [InlineData("*.partner.test")]
    public void What_no_route_names_takes_the_default(string domain) => Assert.Equal("default", Table.For(domain).Name);

    [Fact]
    public void A_wildcard_does_not_match_a_domain_that_merely_ends_alike() =>
        Assert.Equal("default", Of(("default", []), ("x", ["*.partner.example"])).For("mypartner.example").Name);

    [Fact]
    public void A_wildcard_does_not_match_its_own_domain() =>
        Assert.Equal("default", Of(("default", []), ("x", ["*.partner.example"])).For("partner.example").Name);

    [Fact]
    public void Without_domains_everything_takes_the_default() => Assert.Equal("default", Of(("default", [])).For("a.example").Name);

    [Fact]
    public void Routes_are_found_by_name()
    {
        Assert.Same(Table.All[1], Table.Named("exact"));
        Assert.Null(Table.Named("nowhere"));
        Assert.Same(Table.All[0], Table.Default);
    }

    private static RouteTable Of(params (string Name, string[] Domains)[] routes) =>
        new([.. routes.Select(route => (new Route(route.Name, [], new WaitingLine()), System.Collections.Immutable.ImmutableArray.Create(route.Domains)))]);
}
