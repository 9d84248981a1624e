using RelayOperator.Relay.Authentication;
using RelayOperator.Relay.Smtp;
using Xunit;

namespace RelayOperator.Relay.Tests.Authentication;

public sealed class UserDirectoryTests
{
    [Fact]
    public void Scram_is_offered_only_where_every_user_has_a_verifier()
    {
        Assert.True(TestUsers.Directory($"a:{TestUsers.Scram}", $"b:{TestUsers.Pencil}").OffersScram);
        Assert.False(TestUsers.Directory($"a:{TestUsers.Scram}", $"b:{TestUsers.Bcrypt}").OffersScram);
        Assert.False(TestUsers.Directory().OffersScram);
    }

    [Fact]
    public void A_name_that_nobody_has_looks_like_one_that_somebody_has_on_every_pod()
    {
        var known = TestUsers.Directory($"a:{TestUsers.Scram}").VerifierOf("a");
        var one = TestUsers.Directory($"a:{TestUsers.Scram}").VerifierOf("nobody");
        var other = TestUsers.Directory($"a:{TestUsers.Scram}").VerifierOf("nobody");

        Assert.Equal((known.Iterations, known.Salt.Length), (one.Iterations, one.Salt.Length));
        Assert.Equal(one.Salt, other.Salt);
        Assert.NotEqual(known.Salt, one.Salt);
        Assert.NotEqual(known.StoredKey, one.StoredKey);
        Assert.NotEqual(one.Salt, TestUsers.Directory($"a:{TestUsers.Scram}").VerifierOf("nobody2").Salt);
        // What it is reckoned from is not what EHLO shows.
        Assert.NotEqual(one.Salt, TestUsers.Directory($"a:{TestUsers.Pencil}").VerifierOf("nobody").Salt);
    }

    [Fact]
    public void A_name_that_nobody_has_is_always_compared_with_the_same_user_and_names_with_all_of_them()
    {
        var users = TestUsers.Directory([.. Enumerable.Range(0, 4).Select(i => $"u{i}:{TestUsers.Bcrypt}")]);
        Assert.Equal(users.ToCompare("nobody"), users.ToCompare("nobody"));
        Assert.Equal(4, Enumerable.Range(0, 200).Select(i => users.ToCompare($"nobody{i}")!.Name).Distinct(StringComparer.Ordinal).Count());
        Assert.Null(users.Find("nobody0"));
        Assert.Null(users.Find("U0"));
    }

    [Theory]
    [InlineData("FROM:<app@corp.example>", true)]
    [InlineData("FROM:<APP@Corp.Example>", true)]
    [InlineData("FROM:<>", true)]
    [InlineData("FROM:<anybody@partner.example>", true)]
    [InlineData("FROM:<x@a.wild.example>", true)]
    [InlineData("FROM:<x@wild.example>", false)]
    [InlineData("FROM:<x@awild.example>", false)]
    [InlineData("FROM:<other@corp.example>", false)]
    [InlineData("FROM:<app@corp.example.evil.example>", false)]
    [InlineData("FROM:<x@sub.partner.example>", false)]
    [InlineData("FROM:<\"app@corp.example\"@evil.example>", false)]
    [InlineData("FROM:<@corp.example:app@evil.example>", false)]
    public void A_user_sends_as_whom_its_line_names(string mail, bool allowed)
    {
        var users = TestUsers.Directory($"a:{TestUsers.Bcrypt}:app@corp.example,@partner.example,@*.wild.example", $"b:{TestUsers.Bcrypt}");
        Assert.True(MailCommand.TryParse(mail, out var command, out _));
        Assert.Equal(allowed, new ClientLogin("a", users.Find("a")).MaySend(command!.Path));
        Assert.True(new ClientLogin("b", users.Find("b")).MaySend(command.Path));
        Assert.True(new ClientLogin("told", null, IsTold: true).MaySend(command.Path));
    }
}
