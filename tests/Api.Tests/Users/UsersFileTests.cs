using CsCheck;
using RelayOperator.Api.Users;
using Xunit;

namespace RelayOperator.Api.Tests.Users;

public sealed class UsersFileTests
{
    private const string Bcrypt = "$2y$04$abcdefghijklmnopqrstuugIEnm3ZbWF6xb2GcoE3L1CoGJFMKtu.";
    private const string Scram = "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=";

    [Fact]
    public void A_user_stands_on_a_line_with_a_hash_of_either_kind()
    {
        var (users, faults) = UsersFile.Parse($"# printers\r\n\r\nprinter:{Bcrypt}\r\n  erp@corp.example:{Scram}  \nüser:{Bcrypt}");
        Assert.Empty(faults);
        Assert.Equal(["printer", "erp@corp.example", "üser"], users.Select(user => user.Name));
        Assert.Equal((Bcrypt, null), (users[0].Hash, users[0].Scram));
        Assert.Equal((4096, 16, 32, 32), (users[1].Scram!.Iterations, users[1].Scram!.Salt.Length, users[1].Scram!.StoredKey.Length, users[1].Scram!.ServerKey.Length));
    }

    [Fact]
    public void Senders_stand_behind_the_hash_whatever_colons_that_has()
    {
        var (users, faults) = UsersFile.Parse($"a:{Bcrypt}:A@Corp.example,@corp.example,@*.corp.example\nb:{Scram}:b@corp.example\nc:{Scram}");
        Assert.Empty(faults);
        Assert.Equal(["a@corp.example", "@corp.example", "@*.corp.example"], users[0].Senders);
        Assert.Equal((Scram, "b@corp.example"), (users[1].Hash, Assert.Single(users[1].Senders)));
        Assert.Empty(users[2].Senders);
    }

    [Theory]
    [InlineData("", "there is no user")]
    [InlineData("# nobody\n", "there is no user")]
    [InlineData("hunter2", "line 1 does not begin with a name")]
    [InlineData(":" + Bcrypt, "line 1 does not begin with a name")]
    [InlineData("a b:" + Bcrypt, "line 1 does not begin with a name")]
    [InlineData("\na:hunter2", "line 2 has neither a bcrypt hash")]
    [InlineData("a:{SHA}hunter2", "line 1 has neither a bcrypt hash")]
    [InlineData("a:$apr1$hunter2", "line 1 has neither a bcrypt hash")]
    [InlineData("a:$2y$03$abcdefghijklmnopqrstuugIEnm3ZbWF6xb2GcoE3L1CoGJFMKtu.", "line 1 has neither a bcrypt hash ($2a$, $2b$ or $2y$, of cost 4 to 16)")]
    [InlineData("a:$2y$17$abcdefghijklmnopqrstuugIEnm3ZbWF6xb2GcoE3L1CoGJFMKtu.", "line 1 has neither a bcrypt hash")]
    [InlineData("a:$2x$10$abcdefghijklmnopqrstuugIEnm3ZbWF6xb2GcoE3L1CoGJFMKtu.", "line 1 has neither a bcrypt hash")]
    [InlineData("a:$2y$10$abcdefghijklmnopqrstuugIEnm3ZbWF6xb2GcoE3L1CoGJFMKtu", "line 1 has neither a bcrypt hash")]
    [InlineData("a:$2y$10$abcdefghijklmnopqrstu!gIEnm3ZbWF6xb2GcoE3L1CoGJFMKtu.", "line 1 has neither a bcrypt hash")]
    [InlineData("a:SCRAM-SHA-256$1:MDEyMzQ1Njc4OWFiY2RlZg==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=", "line 1 has no verifier of the form SCRAM-SHA-256$iterations:salt$StoredKey:ServerKey, 4096 to 1000000")]
    [InlineData("a:SCRAM-SHA-256$4096:MDEyMzQ1Njc4OWFiY2RlZg==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=", "line 1 has no verifier")]
    [InlineData("a:SCRAM-SHA-256$4096:hunter2!$a:b", "line 1 has no verifier")]
    [InlineData("a:" + Bcrypt + ":", "line 1 names senders that are neither")]
    [InlineData("a:" + Bcrypt + ":corp.example", "line 1 names senders that are neither")]
    [InlineData("a:" + Bcrypt + ":a@corp.example,hunter2", "line 1 names senders that are neither")]
    [InlineData("a:" + Bcrypt + "\nb:" + Bcrypt + "\na:" + Scram, "line 3 has the user of line 1 a second time")]
    public void A_fault_names_the_line_and_nothing_that_stands_there(string text, string fault)
    {
        var told = Assert.Single(UsersFile.Parse(text).Faults);
        Assert.StartsWith(fault, told, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", told, StringComparison.Ordinal);
    }

    [Fact]
    public void Many_faults_are_told_by_their_first_few()
    {
        var told = UsersFile.Told(UsersFile.Parse(string.Join('\n', Enumerable.Repeat("x", 8))).Faults);
        Assert.Contains("line 5 ", told, StringComparison.Ordinal);
        Assert.DoesNotContain("line 6 ", told, StringComparison.Ordinal);
        Assert.EndsWith(" and 3 more", told, StringComparison.Ordinal);
    }

    [Fact]
    public void No_hash_is_in_what_a_user_says_of_itself()
    {
        var user = UsersFile.Parse($"a:{Scram}").Users[0];
        Assert.Equal("UserEntry { Name = a } ScramVerifier", $"{user} {user.Scram}");
    }

    [Fact]
    public void Any_text_has_users_or_faults() =>
        Gen.String[Gen.OneOf(Gen.Char, Gen.Char['0', ':'], Gen.Char['#', '$'], Gen.Const('\n')), 0, 200].Sample(text =>
        {
            var (users, faults) = UsersFile.Parse(text);
            return users.Length + faults.Length > 0;
        });
}
