using RelayOperator.Relay.Smtp;
using Xunit;

namespace RelayOperator.Relay.Tests.Smtp;

public sealed class SmtpTransitionsTests
{
    [Theory]
    // Connected, Greeted, Mail, Recipients, Bdat; 0 where the command may come.
    [InlineData(SmtpVerb.Unknown, 500, 500, 500, 500, 500)]
    [InlineData(SmtpVerb.Helo, 0, 0, 0, 0, 503)]
    [InlineData(SmtpVerb.Ehlo, 0, 0, 0, 0, 503)]
    [InlineData(SmtpVerb.Mail, 503, 0, 503, 503, 503)]
    [InlineData(SmtpVerb.Rcpt, 503, 503, 0, 0, 503)]
    [InlineData(SmtpVerb.Data, 503, 503, 554, 0, 503)]
    [InlineData(SmtpVerb.Bdat, 503, 503, 554, 0, 0)]
    [InlineData(SmtpVerb.Rset, 0, 0, 0, 0, 0)]
    [InlineData(SmtpVerb.Noop, 0, 0, 0, 0, 0)]
    [InlineData(SmtpVerb.Vrfy, 0, 0, 0, 0, 503)]
    [InlineData(SmtpVerb.Expn, 502, 502, 502, 502, 502)]
    [InlineData(SmtpVerb.Help, 0, 0, 0, 0, 503)]
    [InlineData(SmtpVerb.Quit, 0, 0, 0, 0, 0)]
    [InlineData(SmtpVerb.StartTls, 503, 0, 503, 503, 503)]
    [InlineData(SmtpVerb.Auth, 503, 0, 503, 503, 503)]
    public void The_order_of_commands_is_RFC_5321s_and_RFC_3030s(SmtpVerb verb, params int[] codes)
    {
        foreach (var state in Enum.GetValues<SessionState>())
        {
            var refusal = SmtpTransitions.Refusal(state, verb);
            Assert.Equal(codes[(int)state], refusal?.Code ?? 0);
            Assert.True(refusal is null || refusal.Enhanced == new EnhancedCode(5, 5, 1));
        }
    }
}
