using System.Text;
using CsCheck;
using RelayOperator.Relay.Hubs.Tokens;
using Xunit;

namespace RelayOperator.Relay.Tests.Hubs.Tokens;

/// <summary>What is made of an endpoint's answer: a token that can be sent, or words that give nothing away.</summary>
public sealed class TokenAnswerTests
{
    [Theory]
    [InlineData("""{"token_type":"Bearer","expires_in":3599,"ext_expires_in":3599,"access_token":"eyJ0.e-_~+/="}""", 3599)]
    [InlineData("""{"token_type":"bearer","expires_in":"600","access_token":"eyJ0.e-_~+/="}""", 600)]
    [InlineData("""{"token_type":"Bearer","access_token":"eyJ0.e-_~+/="}""", 300)]
    [InlineData("""{"token_type":"Bearer","expires_in":1e300,"access_token":"eyJ0.e-_~+/="}""", 86400)]
    public void A_token_is_good_for_as_long_as_is_said_within_bounds(string body, int seconds)
    {
        var answer = TokenAnswer.Read(200, Encoding.UTF8.GetBytes(body));
        Assert.Equal(("eyJ0.e-_~+/=", TimeSpan.FromSeconds(seconds), ""), (answer.Token, answer.Lifetime, answer.Fault));
        Assert.Equal("a token", answer.ToString());
    }

    [Theory]
    [InlineData(401, """{"error":"invalid_client","error_description":"hush"}""", "invalid_client")]
    [InlineData(400, """{"error":"unauthorized_client"}""", "unauthorized_client")]
    [InlineData(400, """{"error":"hush 4711"}""", "HTTP 400")]
    [InlineData(400, """{"error":{"code":"hush"}}""", "HTTP 400")]
    [InlineData(302, "", "HTTP 302")]
    [InlineData(503, "<html>hush</html>", "HTTP 503")]
    [InlineData(201, """{"token_type":"Bearer","expires_in":60,"access_token":"hush"}""", "HTTP 201")]
    [InlineData(200, """{"error":"invalid_scope"}""", "invalid_scope")]
    [InlineData(200, "", "its answer is no JSON object")]
    [InlineData(200, "[\"hush\"]", "its answer is no JSON object")]
    [InlineData(200, """{"access_token":"hush","token_type":"Bearer","expires_in":60""", "its answer is no JSON object")]
    [InlineData(200, """{"access_token":"hush","expires_in":60}""", "its answer holds no token of the type Bearer")]
    [InlineData(200, """{"access_token":"hush","token_type":"mac","expires_in":60}""", "its answer holds no token of the type Bearer")]
    [InlineData(200, """{"token_type":"Bearer","expires_in":60}""", "its answer holds no token that could be sent")]
    [InlineData(200, """{"access_token":"","token_type":"Bearer","expires_in":60}""", "its answer holds no token that could be sent")]
    [InlineData(200, """{"access_token":"hush\u0001auth=x","token_type":"Bearer","expires_in":60}""", "its answer holds no token that could be sent")]
    [InlineData(200, """{"access_token":"hush\r\nMAIL FROM:<>","token_type":"Bearer","expires_in":60}""", "its answer holds no token that could be sent")]
    [InlineData(200, """{"access_token":"hush","token_type":"Bearer","expires_in":0}""", "its answer has an expires_in that is no time")]
    [InlineData(200, """{"access_token":"hush","token_type":"Bearer","expires_in":"NaN"}""", "its answer has an expires_in that is no time")]
    [InlineData(200, """{"access_token":"hush","token_type":"Bearer","expires_in":null}""", "its answer has an expires_in that is no time")]
    public void Anything_else_is_a_fault_that_repeats_nothing(int status, string body, string fault)
    {
        var answer = TokenAnswer.Read(status, Encoding.UTF8.GetBytes(body));
        Assert.Equal((null, fault, fault), (answer.Token, answer.Fault, answer.ToString()));
    }

    [Fact]
    public void A_token_that_no_server_has_to_take_is_none()
    {
        Assert.NotNull(Read(new string('a', 8192)).Token);
        Assert.Null(Read(new string('a', 8193)).Token);

        static TokenAnswer Read(string token) => TokenAnswer.Read(200, Encoding.UTF8.GetBytes($$"""{"access_token":"{{token}}","token_type":"Bearer"}"""));
    }

    [Fact]
    public void Nothing_makes_the_reader_throw()
    {
        var good = """{"error":"\ud800","token_type":"Bearer","expires_in":"60","access_token":"eyJ0"}"""u8.ToArray();
        Gen.Select(Gen.Int[0, good.Length], Gen.Byte.Array[0, 4], Gen.Int[100, 599]).Sample(
            (at, bytes, status) => TokenAnswer.Read(status, (byte[])[.. good.AsSpan(0, at), .. bytes, .. good.AsSpan(Math.Min(good.Length, at + bytes.Length))]) is not null, iter: 2000);
    }
}
