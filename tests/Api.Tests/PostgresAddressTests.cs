using Xunit;

namespace RelayOperator.Api.Tests;

public sealed class PostgresAddressTests
{
    [Theory]
    [InlineData("postgresql://u:p@db.example/spool", "db.example:5432/spool", "u", "p")]
    [InlineData("postgres://u@db.example:6432", "db.example:6432/", "u", "")]
    [InlineData("postgresql://u:p%40%2F%3A:x@[2001:db8::1]:6432/sp%20ool", "[2001:db8::1]:6432/sp ool", "u", "p@/::x")]
    [InlineData("postgresql://u:p@a.example,b.example:6432/spool", "a.example:5432,b.example:6432/spool", "u", "p")]
    [InlineData("postgresql://u@%2Frun%2Fpostgresql:6432/spool", "/run/postgresql:6432/spool", "u", "")]
    [InlineData("postgresql:///spool?host=/run/postgresql&port=6432&user=u&password=p", "/run/postgresql:6432/spool", "u", "p")]
    [InlineData("postgresql://u@/?host=a,b&port=1,2&dbname=spool", "a:1,b:2/spool", "u", "")]
    public void An_address_is_read_as_libpq_reads_it(string uri, string place, string user, string password)
    {
        var address = PostgresAddress.Parse(uri, out var fault);
        Assert.Equal("", fault);
        Assert.Equal((place, user, password), ($"{address}", address!.UserName, address.Password));
    }

    [Fact]
    public void Parameters_are_kept_by_name() =>
        Assert.Equal("verify-full", PostgresAddress.Parse("postgresql://u@a/b?sslmode=verify-full&connect_timeout=5", out _)!.Parameters["sslmode"]);

    [Theory]
    [InlineData("", "does not begin with postgresql://")]
    [InlineData("Host=a;Password=hush", "does not begin with postgresql://")]
    [InlineData("postgresql://u:hu/sh@a/b", "names no host, or one with a port that is none")]
    [InlineData("postgresql://u:hush@/b", "names no host")]
    [InlineData("postgresql://u:hush@a:0/b", "names no host, or one with a port that is none")]
    [InlineData("postgresql://a/b", "names no user")]
    [InlineData("postgresql://u:hush@a/b?ssl_mode=require", "has the parameter ssl_mode; known are application_name,")]
    public void What_is_none_is_refused_by_a_reason_that_gives_nothing_away(string uri, string reason)
    {
        Assert.Null(PostgresAddress.Parse(uri, out var fault));
        Assert.Contains(reason, fault, StringComparison.Ordinal);
        Assert.DoesNotContain("hush", fault, StringComparison.Ordinal);
    }
}
