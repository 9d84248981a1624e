using System.Text;
using CsCheck;
using RelayOperator.Relay.Authentication;
using Xunit;

namespace RelayOperator.Relay.Tests.Authentication;

/// <summary>The mechanisms by themselves: the examples of their RFCs, and what is none of theirs.</summary>
public sealed class SaslVectorTests
{
    private const string First = "n,,n=user,r=rOprNGfwEbeRWgbNEkqO";
    private const string Proof = "p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=";
    private const string Nonce = "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";

    [Theory]
    [InlineData("\0tim\0tanstaaftanstaaf", "tim", "tanstaaftanstaaf")] // RFC 4616 §4
    [InlineData("tim\0tim\0x", "tim", "x")]
    [InlineData("\0ü@corp.example\0pä ss", "ü@corp.example", "pä ss")]
    public void Plain_is_a_name_and_a_password(string message, string name, string password)
    {
        var step = new PlainMechanism().Take(Encoding.UTF8.GetBytes(message));
        Assert.Equal((SaslStepKind.Check, name, password), (step.Kind, step.Name, step.Password));
    }

    [Theory]
    [InlineData("", SaslStepKind.Malformed)]
    [InlineData("tim", SaslStepKind.Malformed)]
    [InlineData("\0tim", SaslStepKind.Malformed)]
    [InlineData("\0tim\0", SaslStepKind.Malformed)]
    [InlineData("\0\0x", SaslStepKind.Malformed)]
    [InlineData("\0tim\0x\0y", SaslStepKind.Malformed)]
    [InlineData("Ursel\0Kurt\0xipj3plmq", SaslStepKind.Failed)] // RFC 4616 §4: here nobody acts for another one.
    public void Plain_is_nothing_else(string message, SaslStepKind expected) =>
        Assert.Equal(expected, new PlainMechanism().Take(Encoding.UTF8.GetBytes(message)).Kind);

    [Fact]
    public void Broken_UTF8_is_no_name()
    {
        Assert.Equal(SaslStepKind.Malformed, new PlainMechanism().Take([0, 0xff, 0, 65]).Kind);
        Assert.Equal(SaslStepKind.Malformed, new LoginMechanism().Take([0xc3]).Kind);
    }

    [Fact]
    public void Login_asks_for_the_name_and_then_for_the_password()
    {
        var login = new LoginMechanism();
        Assert.Equal("VXNlcm5hbWU6", Convert.ToBase64String(login.Prompt.Span));
        Assert.Equal("UGFzc3dvcmQ6", Convert.ToBase64String(login.Take("tim"u8).Challenge));
        var step = login.Take("x y"u8);
        Assert.Equal((SaslStepKind.Check, "tim", "x y"), (step.Kind, step.Name, step.Password));
    }

    // RFC 7677 §3
    [Fact]
    public void Scram_goes_as_in_its_example()
    {
        var scram = Scram();
        Assert.Equal($"{Nonce},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096", Say(scram, First));
        Assert.Equal("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=", Say(scram, $"c=biws,{Nonce},{Proof}"));
        var end = scram.Take([]);
        Assert.Equal((SaslStepKind.Succeeded, "user"), (end.Kind, end.Name));
    }

    [Theory]
    [InlineData("c=biws," + Nonce + ",p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVA=", SaslStepKind.Failed)]
    [InlineData("c=biws," + Nonce + ",p=dHzbZapWIk4jUhN+", SaslStepKind.Failed)]
    [InlineData("c=eSws," + Nonce + "," + Proof, SaslStepKind.Failed)] // "y,," where it had said "n,,"
    [InlineData("c=biws," + Nonce + "x," + Proof, SaslStepKind.Failed)]
    [InlineData("c=biws,r=rOprNGfwEbeRWgbNEkqO," + Proof, SaslStepKind.Failed)]
    [InlineData("c=biws," + Nonce + ",x=y," + Proof, SaslStepKind.Failed)]
    [InlineData("c=biws," + Nonce, SaslStepKind.Malformed)]
    [InlineData("c=biws," + Nonce + ",p=!", SaslStepKind.Malformed)]
    [InlineData("c=!," + Nonce + "," + Proof, SaslStepKind.Malformed)]
    [InlineData(Nonce + ",c=biws," + Proof, SaslStepKind.Malformed)]
    [InlineData("", SaslStepKind.Malformed)]
    public void Scram_takes_no_other_end(string final, SaslStepKind expected)
    {
        var scram = Scram();
        Say(scram, First);
        Assert.Equal(expected, scram.Take(Encoding.UTF8.GetBytes(final)).Kind);
    }

    [Theory]
    [InlineData("y,,n=user,r=abc", SaslStepKind.Challenge)]
    [InlineData("n,a=user,n=user,r=abc", SaslStepKind.Challenge)]
    [InlineData("n,,n=user,r=abc,x=y", SaslStepKind.Challenge)]
    [InlineData("n,a=other,n=user,r=abc", SaslStepKind.Failed)]
    [InlineData("p=tls-unique,,n=user,r=abc", SaslStepKind.Malformed)]
    [InlineData("n,,m=x,n=user,r=abc", SaslStepKind.Malformed)]
    [InlineData("n,,n=,r=abc", SaslStepKind.Malformed)]
    [InlineData("n,,n=us=er,r=abc", SaslStepKind.Malformed)]
    [InlineData("n,,n=user,r=", SaslStepKind.Malformed)]
    [InlineData("n,,n=user,r=a b", SaslStepKind.Malformed)]
    [InlineData("n,,n=user", SaslStepKind.Malformed)]
    [InlineData("n=user,r=abc", SaslStepKind.Malformed)]
    [InlineData("", SaslStepKind.Malformed)]
    public void Scram_begins_without_channel_binding(string first, SaslStepKind expected) =>
        Assert.Equal(expected, Scram().Take(Encoding.UTF8.GetBytes(first)).Kind);

    [Fact]
    public void Scram_reads_commas_and_equals_signs_in_a_name()
    {
        var name = "";
        var verifier = TestUsers.Directory($"user:{TestUsers.Pencil}").VerifierOf("user");
        new ScramMechanism(asked => { name = asked; return verifier; }, "x").Take("n,,n=a=2Cb=3D2C,r=abc"u8);
        Assert.Equal("a,b=2C", name);
    }

    [Theory]
    [InlineData("", true)]
    [InlineData("AGE=", true)]
    [InlineData("AGE", false)]
    [InlineData("AGE==", false)]
    [InlineData("AGF=", false)] // bits behind the end
    [InlineData("AG E=", false)]
    [InlineData(" AGE=", false)]
    [InlineData("AGE=\t", false)]
    [InlineData("AGE=AGE=", false)]
    [InlineData("AG_-", false)]
    [InlineData("====", false)]
    [InlineData("ÄGE=", false)]
    public void Base64_has_one_way_to_say_something(string text, bool isValid) => Assert.Equal(isValid, SaslText.Decode(text) is not null);

    [Fact]
    public void Whatever_is_said_in_whatever_order_there_is_an_answer_and_nobody_is_let_in() =>
        Gen.OneOf(Gen.Byte.Array[0, 40], Gen.OneOf(Gen.Char['+', '='], Gen.Char[',', 'z'], Gen.Const(',')).Array[0, 60].Select(text => Encoding.ASCII.GetBytes(text)),
            Gen.OneOf(Gen.Const(First), Gen.Const($"c=biws,{Nonce},p=AAAA"), Gen.Const("")).Select(text => Encoding.ASCII.GetBytes(text))).Array[1, 4].Sample(messages =>
        {
            foreach (var mechanism in (ISaslMechanism[])[new PlainMechanism(), new LoginMechanism(), Scram()])
            {
                foreach (var message in messages)
                {
                    if (mechanism.Take(message).Kind is var kind and not SaslStepKind.Challenge)
                    {
                        Assert.NotEqual(SaslStepKind.Succeeded, kind);
                        break;
                    }
                }
            }
        });

    [Fact]
    public void No_password_is_in_what_a_step_or_a_line_says_of_itself()
    {
        var step = SaslStep.Check("tim", "hush");
        Assert.DoesNotContain("hush", $"{step} {new Relay.Server.ResponseLine("hush", null)} {Relay.Smtp.SmtpCommand.Parse("AUTH PLAIN hush"u8)}", StringComparison.Ordinal);
    }

    private static ScramMechanism Scram() =>
        new(TestUsers.Directory($"user:{TestUsers.Pencil}").VerifierOf, "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0");

    private static string Say(ScramMechanism scram, string message) => Encoding.UTF8.GetString(scram.Take(Encoding.UTF8.GetBytes(message)).Challenge);
}
